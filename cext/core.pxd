"""Everything between read and write of one tick: guard, ramps, estimate, laws, state, limit, gate. No I/O, no clock."""

from cext.calibration cimport Calibration, calibration_apply, calibration_init
from cext.estimate.beats cimport Beats, beats_init, beats_step
from cext.generated.frame cimport OUT_pump_speed_rpm, Frame
from cext.generated.settings cimport Settings
from cext.generated.states cimport (
    COND_arm_timeout, COND_heartbeat_late, COND_heartbeat_lost, COND_output_invalid, COND_overrun, COND_ramped_down,
    COND_rig_error, COND_stop, COND_unrecoverable, STATE_ARMED, STATE_IDLE, STATE_INIT, STATE_RUNNING,
    STATE_STOPPING,
)
from cext.estimate.gas_line cimport gas_line_init, gas_line_step
from cext.estimate.gas_signs cimport GasLine
from cext.guard cimport Guard, guard_init, guard_inputs
from cext.laws.counterpulsation cimport (
    PHASE_INFLATED, Counterpulsation, counterpulsation_init, counterpulsation_moves, counterpulsation_step,
)
from cext.laws.pump_speed cimport PumpSpeed, pump_speed_init, pump_speed_step
from cext.laws.ecmo_flow cimport EcmoFlow, ecmo_flow_init, ecmo_flow_step
from cext.laws.right_pump_speed cimport RightPumpSpeed, right_pump_speed_init, right_pump_speed_step
from cext.machine cimport Machine, machine_init, machine_step
from cext.output cimport commands_finite, gate, start_from_measured
from cext.ramps cimport Ramps, ramps_init, ramps_step
from cext.spec cimport CoreSpec

cdef struct Core:
    CoreSpec spec
    Settings settings          # in force
    Calibration calibration
    Guard guard
    Machine machine
    Beats beats
    Counterpulsation iabp
    GasLine gas
    PumpSpeed pump
    RightPumpSpeed rpump
    EcmoFlow ecmo
    Ramps ramps
    bint energised             # ARMED was reached since the machine was last in INIT or IDLE
    double in_state_s
    double silent_s            # since the supervisor's heartbeat last moved
    unsigned long long heartbeat
    long long missed_before    # periods missed up to arming
    int failed_call            # error code of the last write or watchdog call; 0 ok
    bint unrecoverable
    unsigned int conditions


cdef inline void core_init(Core* c) noexcept nogil:
    """Everything but spec and settings, which the caller has filled in."""
    calibration_init(&c.calibration)
    guard_init(&c.guard, c.spec.period_s)
    machine_init(&c.machine)
    beats_init(&c.beats, c.spec.period_s)
    counterpulsation_init(&c.iabp)
    gas_line_init(&c.gas)
    pump_speed_init(&c.pump)
    right_pump_speed_init(&c.rpump)
    ecmo_flow_init(&c.ecmo)
    ramps_init(&c.ramps)
    c.energised = False
    c.in_state_s = 0.0
    c.silent_s = 0.0
    c.heartbeat = 0
    c.missed_before = 0
    c.failed_call = 0
    c.unrecoverable = False
    c.conditions = 0


cdef inline unsigned int _supervision(Core* c, unsigned long long heartbeat, bint stop_held, long long missed) noexcept nogil:
    """Causes that come from outside the frame: heartbeat, stop, overrun, timers."""
    cdef unsigned int causes = 0
    cdef bint active = c.machine.state in (STATE_ARMED, STATE_RUNNING, STATE_STOPPING)
    c.silent_s = 0.0 if heartbeat != c.heartbeat else c.silent_s + c.spec.period_s
    c.heartbeat = heartbeat
    if c.silent_s > c.settings.guard_heartbeat_ramp_s:
        causes |= 1u << COND_heartbeat_late      # in any state: a silent supervisor neither arms nor starts
    if active and c.silent_s > c.settings.guard_heartbeat_trip_s:
        causes |= 1u << COND_heartbeat_lost
    if stop_held:
        causes |= 1u << COND_stop                # SAFETY: a held stop wins over every request
    if not active:
        c.missed_before = missed
    if c.spec.overrun_trips and missed - c.missed_before > c.spec.overrun_limit:
        causes |= 1u << COND_overrun
    if c.machine.state == STATE_ARMED and c.in_state_s > c.settings.guard_arm_timeout_s:
        causes |= 1u << COND_arm_timeout
    if c.failed_call < 0:
        causes |= 1u << COND_rig_error
    if c.unrecoverable:
        causes |= 1u << COND_unrecoverable
    return causes


cdef inline void _laws(Core* c, Frame* f) noexcept nogil:
    cdef bint running = c.machine.state == STATE_RUNNING
    c.pump.reference_rpm = f.out_pump_speed_rpm   # goes on from what went out: no bump, no running ahead of limit and slew
    if c.settings.iabp_enabled < 0.5 or c.settings.iabp_gas_watch < 0.5:
        gas_line_init(&c.gas)                         # off and on again: the console fills anew
    else:
        gas_line_step(&c.gas, f, c.settings.iabp_fill_mL, c.iabp.phase == PHASE_INFLATED, c.settings.iabp_emptying_ms * 1e-3,
                      c.spec.period_s)
    f.iabp_gas_fault = c.gas.fault
    f.iabp_gas_top_mmHg = c.gas.top
    f.iabp_gas_plateau_mmHg = c.gas.plateau
    f.iabp_gas_baseline_mmHg = c.gas.baseline
    counterpulsation_step(&c.iabp, &c.settings, &c.beats, f, running)
    pump_speed_step(&c.pump, &c.settings, &c.spec, f, running)
    right_pump_speed_step(&c.rpump, &c.settings, &c.spec, f, running)
    ecmo_flow_step(&c.ecmo, &c.settings, &c.spec, f, running)


cdef inline bint _ramped_down(const Core* c, const Frame* f) noexcept nogil:
    """STOPPING has done its work: every law asks for standby, or the time for it is over."""
    return c.in_state_s >= c.settings.guard_stop_ramp_s or (
        f.out_pump_speed_rpm == c.spec.outputs[OUT_pump_speed_rpm].standby and f.out_valve_pressure == 0.0
    )


cdef inline unsigned int core_ask(
    Core* c, Frame* f, unsigned int edges, bint stop_held, unsigned long long heartbeat, long long missed, int read_error
) noexcept nogil:
    """First half of a tick, up to what the built-in laws ask for. Returns the causes found; a plug-in law may step after it.

    `f` holds the inputs just read and the outputs of the tick before. `edges`: requests taken from the command ring in this
    tick, as condition bits. `missed`: periods missed since the loop was opened.
    """
    cdef unsigned int causes = edges
    calibration_apply(&c.calibration, f)
    causes |= guard_inputs(&c.guard, &c.spec, &c.settings, f)
    ramps_step(&c.ramps, <double*>&c.settings, <long long>f.time_tick)
    beats_step(&c.beats, &c.settings, f, counterpulsation_moves(&c.iabp, &c.settings), c.iabp.deflated_s)
    causes |= _supervision(c, heartbeat, stop_held, missed)
    if read_error < 0:
        causes |= 1u << COND_rig_error
    if c.machine.state == STATE_STOPPING and _ramped_down(c, f):
        causes |= 1u << COND_ramped_down
    _laws(c, f)
    return causes


cdef inline void core_answer(Core* c, Frame* f, unsigned int causes, int read_error) noexcept nogil:
    """Second half: state, limit and gate on whatever was asked for. The outputs to write are in `f` after it."""
    if not commands_finite(f):
        causes |= 1u << COND_output_invalid
    c.conditions = machine_step(&c.machine, causes)     # SAFETY: trips first, before anything goes out
    c.in_state_s = 0.0 if c.machine.state != c.machine.previous else c.in_state_s + c.spec.period_s
    if c.machine.state == STATE_ARMED:
        c.energised = True
        if c.machine.previous == STATE_IDLE:
            start_from_measured(&c.spec, f)
    elif c.machine.state == STATE_INIT or c.machine.state == STATE_IDLE:
        c.energised = False
        if c.machine.state == STATE_INIT and c.machine.previous != STATE_INIT:
            c.guard.good_for = 0                        # out of SAFE: the self-test runs again
    gate(&c.spec, f, c.machine.state, c.energised)
    f.state_state = c.machine.state
    f.state_conditions = c.conditions
    f.state_latched = c.machine.latched
    f.state_first_trip = c.machine.first_trip
    f.state_rig_error = read_error if read_error < 0 else c.failed_call
    f.state_step = c.settings.run_step
