"""The virtual rig: a bench without wires. Actuator models, the plant of cext/plant, sensor models, seeded noise.

`read` shows the plant as it is, through the sensors, and its truth in plant.*; `write` hands the outputs to the actuators
and lets
one period pass. Where the loop makes safe in place of writing, the period passes at the next read with the safe values
standing,
so the patient's time never stops. The settings that the loop attaches are compared at every step; a change derives the plant's
parameters anew, and no volume moves.
"""

from libc.math cimport NAN, isnan
from libc.string cimport memcmp, memcpy, memset

from cext.generated.frame cimport *
from cext.generated.settings cimport SETTING_COUNT, Settings
from cext.plant.actuator cimport actuator_start, actuator_step
from cext.plant.balloon_drive cimport bottle_bar
from cext.plant.derive cimport plant_derive
from cext.plant.devices cimport balloon_from, rotary_pump_from
from cext.plant.ecg cimport ecg_mV
from cext.plant.instruments cimport actuator_from, channel_seed, sensor_from
from cext.plant.plant cimport MODEL_FULL, plant_step
from cext.plant.publish cimport plant_publish
from cext.plant.sensor cimport sensor_read
from cext.plant.start cimport plant_start
from cext.plant.topology cimport *
from cext.rig cimport RIG_ABI, QUALITY_ABSENT, QUALITY_GOOD, QUALITY_RANGE, RIG_CLOSED, RIG_OK, Rig
from cext.tables import load


cdef class VirtualRig(Rig):
    """A simulated bench.

    `inputs`, `outputs`: the bench file's tables by channel name without group ("aop_mmHg": {"range": [low, high], "sensor":
    {...}},
    "valve_pressure": {"range": ..., "rest": ..., "safe": ..., "actuator": {...}}); a channel that is not named does not exist.
    `devices`: device files as read, by any key; one balloon at most, pumps by the names that pump.device allows.
    `seed`: of noise and rhythm. `period_s`: the loop's period and the plant's step.
    Attach the settings before `open`, where the plant settles (about 15 ms); without them the defaults are taken. Settings
    attached
    later and different are settled at the first read.
    Raises ValueError for an unknown channel, a device or sensor that cannot be.
    """

    def __cinit__(self, *_args, **_kwargs):
        self.abi = RIG_ABI

    def __init__(self, inputs, outputs, devices, seed, period_s):
        cdef int i
        cdef double* values = <double*>&self.in_force
        if not 0.0 < period_s <= 2e-3:
            raise ValueError(f"virtual rig: period_s = {period_s!r} s is refused: above 0, at most 0.002 s (the plant's step)")
        self.period = period_s
        self.plant.dt = period_s
        self.rhythm_seed = channel_seed(seed, "rhythm")
        for i, setting in enumerate(load.settings().values()):
            values[i] = setting.encode(setting.default)
        self._fit(devices)
        names = [s.path[3:] for s in load.inputs()]
        for name, row in inputs.items():
            if name not in names:
                raise ValueError(f"virtual rig: there is no input {name!r}; inputs are {', '.join(names)}")
            i = names.index(name)
            self.present[i] = True
            sensor_from(&self.sensors[i], f"inputs.{name}", dict(row.get("sensor") or {}), row["range"], period_s)
            self.sensor_states[i].random = channel_seed(seed, name)
        names = [s.path[4:] for s in load.outputs()]
        for i in range(OUTPUT_COUNT):
            actuator_from(&self.actuators[i], f"outputs.{names[i]}", {}, (0.0, 0.0), period_s)  # absent: stays at 0
        for name, row in outputs.items():
            if name not in names:
                raise ValueError(f"virtual rig: there is no output {name!r}; outputs are {', '.join(names)}")
            i = names.index(name)
            actuator_from(&self.actuators[i], f"outputs.{name}", dict(row.get("actuator") or {}), row["range"], period_s)
            self.rest[i] = row.get("rest", 0.0)
            self.safe[i] = row.get("safe", 0.0)

    def _fit(self, devices):
        choices = load.settings()["pump.device"].choices
        right = load.settings()["rpump.device"].choices
        for key, device in devices.items():
            kind, name = device["device"]["kind"], device["device"]["name"]
            if kind == "balloon":
                if self.plant.balloon.fitted:
                    raise ValueError(f"virtual rig: device {key!r} is a second balloon; one is the most")
                balloon_from(&self.plant.balloon, device, self.period)
            elif kind == "rotary-pump" and name in choices and choices.index(name) < PUMP_CHOICES:
                rotary_pump_from(&self.pumps[choices.index(name)], device, self.period)
            elif kind == "rotary-pump" and name in right:
                rotary_pump_from(&self.right_pumps[right.index(name)], device, self.period)
            else:
                pumps = ", ".join(choices[1:] + right[1:])
                raise ValueError(f"virtual rig: device {name!r} of kind {kind!r} cannot be fitted; pumps are {pumps}")

    def open(self):
        """Settles the plant on the attached settings and puts out the rest values."""
        if self.settings != NULL:
            memcpy(&self.in_force, self.settings, sizeof(Settings))
        with nogil:
            self.begin()
        self.is_open = True

    def put_reference(self, channel, value):
        """The virtual bench has a calibrator of its own. True. Raises ValueError: no such input."""
        names = [s.path[3:] for s in load.inputs()]
        if channel not in names or not self.present[names.index(channel)]:
            raise ValueError(f"virtual rig: there is no input {channel!r} on this bench")
        i = names.index(channel)
        if value is not None:
            self.reference[i] = value
        self.referred[i] = value is not None
        return True

    cdef void begin(self) noexcept nogil:
        cdef int i
        self.fit_pump()
        plant_start(&self.plant, &self.state, &self.in_force, self.period, self.rhythm_seed)
        for i in range(OUTPUT_COUNT):
            self.commands[i] = self.rest[i]
            actuator_start(&self.actuators[i], &self.actuator_states[i], self.rest[i])
        self.owed = False

    cdef void fit_pump(self) noexcept nogil:
        cdef int choice = <int>self.in_force.pump_device
        if choice != self.pump_choice:
            self.pump_choice = choice
            memset(&self.state.pump, 0, sizeof(self.state.pump))
        memcpy(&self.plant.pump, &self.pumps[choice], sizeof(RotaryPump))
        self.plant.pump.position = <int>self.in_force.pump_position
        memcpy(&self.plant.rpump, &self.right_pumps[<int>self.in_force.rpump_device], sizeof(RotaryPump))

    cdef void advance(self) noexcept nogil:
        """One period passes with the present commands."""
        cdef int i
        cdef double value[OUTPUT_COUNT]
        cdef PlantInputs u
        if self.settings != NULL and memcmp(&self.in_force, self.settings, sizeof(Settings)) != 0:
            memcpy(&self.in_force, self.settings, sizeof(Settings))
            self.fit_pump()
            plant_derive(&self.plant, &self.in_force, self.period)
        for i in range(OUTPUT_COUNT):
            value[i] = actuator_step(&self.actuators[i], &self.actuator_states[i], self.commands[i])
        u.valve_pressure = value[OUT_valve_pressure]
        u.valve_vacuum = value[OUT_valve_vacuum]
        u.pump_speed_rpm = value[OUT_pump_speed_rpm]
        u.pump_enable = value[OUT_pump_enable]
        u.rpump_speed_rpm = value[OUT_rpump_speed_rpm]
        u.rpump_enable = value[OUT_rpump_enable]
        u.ecmo_speed_rpm = value[OUT_ecmo_speed_rpm]
        u.ecmo_enable = value[OUT_ecmo_enable]
        plant_step(&self.plant, &self.state, &u)
        self.owed = False

    cdef int read(self, Frame* f) noexcept nogil:
        cdef int i
        cdef double truth[INPUT_COUNT]
        cdef double* to = <double*>f + FIRST_INPUT
        if not self.is_open:
            return RIG_CLOSED
        if self.state.steps == 0 and not self.owed and self.settings != NULL:
            if memcmp(&self.in_force, self.settings, sizeof(Settings)) != 0:
                memcpy(&self.in_force, self.settings, sizeof(Settings))
                self.begin()
        if self.owed:
            self.advance()
        self.owed = True
        plant_publish(&self.plant, &self.state, f)
        truth[IN_aop_mmHg] = f.plant_aop_mmHg
        truth[IN_dap_mmHg] = f.plant_dap_mmHg
        truth[IN_lvp_mmHg] = f.plant_lvp_mmHg
        truth[IN_lvv_mL] = f.plant_lvv_mL
        truth[IN_lap_mmHg] = f.plant_lap_mmHg
        truth[IN_cvp_mmHg] = f.plant_cvp_mmHg
        truth[IN_rvp_mmHg] = f.plant_rvp_mmHg
        truth[IN_pap_mmHg] = f.plant_pap_mmHg
        truth[IN_aortic_flow_L_min] = 0.06 * f.plant_av_flow_mL_s
        truth[IN_pump_flow_L_min] = 0.06 * f.plant_pump_flow_mL_s
        truth[IN_rpump_flow_L_min] = 0.06 * f.plant_rpump_flow_mL_s
        truth[IN_ecmo_flow_L_min] = 0.06 * f.plant_ecmo_flow_mL_s
        truth[IN_ecmo_drain_mmHg] = f.plant_ecmo_drain_mmHg
        truth[IN_pump_speed_rpm] = f.plant_pump_speed_rpm
        truth[IN_pump_current_A] = self.state.pump.motor.current_A
        truth[IN_pump_placement_mmHg] = self.state.pump.placement
        if self.plant.model == MODEL_FULL:
            truth[IN_balloon_pressure_mmHg] = self.state.balloon.p_line - 760.0 if self.plant.balloon.fitted else 0.0
            truth[IN_drive_pressure_mmHg] = self.state.balloon.p_pressure - 760.0 if self.plant.balloon.fitted else 0.0
            truth[IN_drive_vacuum_mmHg] = self.state.balloon.p_vacuum - 760.0 if self.plant.balloon.fitted else 0.0
            truth[IN_drive_helium_bar] = bottle_bar(&self.state.balloon) if self.plant.balloon.fitted else 0.0
            truth[IN_drive_temperature_C] = self.state.balloon.drive_C if self.plant.balloon.fitted else 0.0
        else:
            truth[IN_balloon_pressure_mmHg] = truth[IN_drive_pressure_mmHg] = truth[IN_drive_vacuum_mmHg] = NAN
            truth[IN_drive_helium_bar] = truth[IN_drive_temperature_C] = NAN
        truth[IN_ecg_mV] = ecg_mV(&self.plant.ecg, &self.plant.rhythm, &self.state.rhythm, self.state.t)
        truth[IN_estop] = 0.0  # the chain is closed: there is no button on a simulated bench
        truth[IN_sync] = 1.0 if self.state.t - self.state.rhythm.onset_s < 0.05 else 0.0   # the driver's contraction begins
        truth[IN_pacer_a] = 1.0 if 0.0 <= self.state.t - self.state.rhythm.spike_a_s < 0.01 else 0.0
        truth[IN_pacer_v] = 1.0 if 0.0 <= self.state.t - self.state.rhythm.spike_v_s < 0.01 else 0.0
        for i in range(INPUT_COUNT):
            f.age_s[i] = 0.0
            if self.present[i]:
                if self.referred[i]:
                    truth[i] = self.reference[i]
                if isnan(truth[i]):  # the circulation model has no such place: nothing to measure there
                    to[i] = NAN
                    f.quality[i] = QUALITY_ABSENT
                    continue
                to[i] = sensor_read(&self.sensors[i], &self.sensor_states[i], truth[i])
                f.quality[i] = QUALITY_RANGE if self.sensor_states[i].saturated else QUALITY_GOOD
            else:
                to[i] = NAN
                f.quality[i] = QUALITY_ABSENT
        return RIG_OK

    cdef int write(self, const Frame* f) noexcept nogil:
        if not self.is_open:
            return RIG_CLOSED
        memcpy(self.commands, <const double*>f + FIRST_OUTPUT, OUTPUT_COUNT * sizeof(double))
        self.advance()
        return RIG_OK

    cdef int make_safe(self) noexcept nogil:
        cdef const double* values = &self.safe[0] if self.energised else &self.rest[0]
        memcpy(self.commands, values, OUTPUT_COUNT * sizeof(double))
        return RIG_OK
