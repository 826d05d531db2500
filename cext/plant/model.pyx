"""The plant for tests and offline use: settings in, arrays of every plant.* signal out. No thread, no clock."""

from libc.string cimport memcpy, memset
import time
import numpy as np

from cext.generated.frame cimport Frame, SIGNAL_COUNT
from cext.generated.settings cimport Settings
from cext.plant.devices cimport balloon_from, rotary_pump_from
from cext.plant.derive cimport plant_derive
from cext.plant.ecg cimport ecg_mV
from cext.plant.plant cimport Plant, PlantInputs, PlantState, plant_step
from cext.plant.publish cimport plant_publish
from cext.plant.start cimport plant_start
from cext.plant.topology cimport COMPARTMENTS, FLOWS, Q_PUMP
from cext.plant.valve cimport VALVES
from cext.tables import load

COMPARTMENT_NAMES = ("aa", "da", "ab", "ub", "lb", "leg", "vis", "sv", "vc", "pa", "pd", "pvn", "c1", "cim", "lv", "la", "rv", "ra")
FLOW_NAMES = ("av", "mv", "pv", "tv", "aa_da", "da_ab", "aa_ub", "ab_lb", "ab_leg", "ab_vis", "pa_pd", "ub_sv", "lb_sv",
              "leg_sv", "vis_sv", "sv_vc", "vc_ra", "pd_pvn", "pvn_la", "aa_c1", "c1_cim", "cim_ra", "pump", "rpump", "ecmo_ab", "ecmo_aa", "ecmo_leg")
EXTRA = ("t_s", "ecg_mV", "line_pressure_mmHg", "drive_pressure_mmHg", "drive_vacuum_mmHg", "pump_current_A")


cdef class PlantModel:
    """The virtual patient with at most one balloon, a left and a right pump, and ECMO; by "patient.model" the small circulation.

    `settings`: overrides by path ("patient.hr_bpm"), in the words or numbers of the settings table. `balloon`, `pump`, `rpump`: device
    files as read, or None. `dt_s`: step; `seed`: of the rhythm's variability.
    Raises ValueError for an unknown path, a value out of range or a device that is not complete.
    """

    cdef Plant p
    cdef PlantState s
    cdef Settings settings
    cdef double dt
    cdef object _columns

    def __init__(self, settings=None, balloon=None, pump=None, rpump=None, dt_s=1e-3, seed=1):
        self.dt = dt_s
        signals = [(i, s.path[6:]) for i, s in enumerate(load.signals()) if s.path.startswith("plant.")]
        self._columns = (np.array([i for i, _ in signals]), [name for _, name in signals])
        self._encode({path: s.default for path, s in load.settings().items()})
        self._encode(settings or {})
        if balloon is not None:
            balloon_from(&self.p.balloon, balloon, dt_s)
        if pump is not None:
            rotary_pump_from(&self.p.pump, pump, dt_s)
        if rpump is not None:
            rotary_pump_from(&self.p.rpump, rpump, dt_s)
        plant_start(&self.p, &self.s, &self.settings, dt_s, seed)

    def _encode(self, settings):
        cdef double* values = <double*>&self.settings
        table = load.settings()
        order = list(table)
        for path, value in settings.items():
            if path not in table:
                raise ValueError(f"there is no setting {path!r}")
            values[order.index(path)] = table[path].encode(value)

    def set(self, settings):
        """Changes settings and derives the parameters anew; volumes stay."""
        self._encode(settings)
        plant_derive(&self.p, &self.settings, self.dt)

    def run(self, seconds, valve_pressure=0.0, valve_vacuum=0.0, pump_speed_rpm=0.0, pump_enable=0.0,
        rpump_speed_rpm=0.0, rpump_enable=0.0, ecmo_speed_rpm=0.0, ecmo_enable=0.0):
        """Steps `seconds` and returns {name: array of n} of every plant.* signal (without the prefix), `EXTRA`, "v" (n, 18)
        mL and
        "q" (n, 27) mL/s in the order of COMPARTMENT_NAMES and FLOW_NAMES, each after its step.

        Inputs are numbers, or arrays of one value a step.
        """
        cdef long n = round(seconds / self.dt), i
        cdef Frame frame
        commands = (valve_pressure, valve_vacuum, pump_speed_rpm, pump_enable, rpump_speed_rpm, rpump_enable, ecmo_speed_rpm, ecmo_enable)
        inputs = np.ascontiguousarray(np.stack([np.broadcast_to(np.asarray(x, dtype=float), n) for x in commands], axis=1))
        values = np.empty((n, SIGNAL_COUNT))
        extra = np.empty((n, len(EXTRA)))
        volumes = np.empty((n, COMPARTMENTS))
        flows = np.empty((n, FLOWS))
        cdef const PlantInputs* command = <const PlantInputs*><size_t>inputs.ctypes.data
        cdef double* to = <double*><size_t>values.ctypes.data
        cdef double* more = <double*><size_t>extra.ctypes.data
        cdef double* v = <double*><size_t>volumes.ctypes.data
        cdef double* q = <double*><size_t>flows.ctypes.data
        memset(&frame, 0, sizeof(Frame))
        with nogil:
            for i in range(n):
                plant_step(&self.p, &self.s, &command[i])
                plant_publish(&self.p, &self.s, &frame)
                memcpy(&to[i * SIGNAL_COUNT], &frame, SIGNAL_COUNT * sizeof(double))
                memcpy(&v[i * COMPARTMENTS], self.s.circulation.v, COMPARTMENTS * sizeof(double))
                memcpy(&q[i * FLOWS], self.s.circulation.q, FLOWS * sizeof(double))
                more[0] = self.s.t
                more[1] = ecg_mV(&self.p.ecg, &self.p.rhythm, &self.s.rhythm, self.s.t)
                more[2] = self.s.balloon.p_line - 760.0
                more[3] = self.s.balloon.p_pressure - 760.0
                more[4] = self.s.balloon.p_vacuum - 760.0
                more[5] = self.s.pump.motor.current_A
                more += 6
        out = {name: values[:, i] for i, name in zip(*self._columns)}
        out.update({name: extra[:, i] for i, name in enumerate(EXTRA)})
        return out | {"v": volumes, "q": flows}

    def skip(self, seconds, valve_pressure=0.0, valve_vacuum=0.0, pump_speed_rpm=0.0, pump_enable=0.0,
        rpump_speed_rpm=0.0, rpump_enable=0.0, ecmo_speed_rpm=0.0, ecmo_enable=0.0):
        """Steps `seconds` with constant inputs and keeps nothing. Returns the wall time a step took, in s."""
        cdef long n = round(seconds / self.dt), i
        cdef PlantInputs u = PlantInputs(valve_pressure, valve_vacuum, pump_speed_rpm, pump_enable, rpump_speed_rpm, rpump_enable,
                                         ecmo_speed_rpm, ecmo_enable)
        began = time.perf_counter()
        with nogil:
            for i in range(n):
                plant_step(&self.p, &self.s, &u)
        return (time.perf_counter() - began) / max(n, 1)

    @property
    def volumes_mL(self):
        """{compartment: mL} at present."""
        return {name: self.s.circulation.v[i] for i, name in enumerate(COMPARTMENT_NAMES)}

    @property
    def state(self):
        """The state at present, for a test that goes on from it: volumes (mL), flows (mL/s) and valve openings, those half a
        step
        back; gas (mmHg*mL, mmHg absolute), balloon (mL), rotor (rad/s, N*m); times of the rhythm (s). "small": of the small circulation,
        V_LV mL, P_LA, P_S, P_AA mmHg, q_T mL/s, pump mL/s."""
        cdef PlantState* s = &self.s
        return {
            "t": s.t,
            "v": [s.circulation.v[i] for i in range(COMPARTMENTS)],
            "q": [s.circulation.q[i] for i in range(FLOWS)],
            "zeta": [s.circulation.zeta[i] for i in range(VALVES)],
            "balloon": [s.balloon.n_drive, s.balloon.n_line, s.balloon.n_balloon, s.balloon.v_mL, s.balloon.p_pressure, s.balloon.p_vacuum],
            "motor": [s.pump.motor.w, s.pump.motor.integral],
            "onset_s": s.rhythm.onset_s,
            "atrial_onset_s": s.rhythm.atrial_onset_s,
            "tone": dict(self.s.regulation.tone),
            "right_motor": [s.rpump.motor.w, s.rpump.motor.integral],
            "ecmo": [s.ecmo.n, s.ecmo.closed],
            "given_mL": s.circulation.given_mL,
            "small": [s.simaan.v, s.simaan.p_la, s.simaan.p_s, s.simaan.p_aa, s.simaan.q_t, s.circulation.q[Q_PUMP]],
        }
