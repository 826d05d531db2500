"""Motor of a rotary pump: rotor, and a speed loop of its drive.

    J*dw/dt = K_t*I - B*w - tau_h,   tau_h = c_w*w^2 + c_q*w*Q (Q > 0)          N*m, rad/s, A, mL/s
    I = clip((k_p*(w_set - w) + integral)/K_t, 0, I_max),  k_p = 2*J*w_n, k_i = J*w_n^2, w_n = 2 pi*bandwidth (10-20 Hz)
w_set follows the set point no faster than the acceleration limit; the integral stands still while the current is at its limit.
Without enable the current is 0 and the rotor runs out. The rotor never turns backward.
[form: textbook drive; torque from power: half disc friction, half head times flow at the design point, device files say the
numbers]
"""

ctypedef struct Motor:
    double per_j_dt        # dt/J
    double k_t             # N*m/A
    double per_k_t
    double b               # N*m*s
    double c_w             # N*m*s2
    double c_q             # N*m*s/mL
    double k_p             # N*m*s
    double k_i_dt          # N*m
    double i_max           # A
    double accel_dt        # rad/s a step

ctypedef struct MotorState:
    double w               # rad/s
    double w_set
    double integral        # N*m
    double current_A


cdef inline void motor_step(const Motor* p, MotorState* s, double set_rad_s, double enable, double q) noexcept nogil:
    cdef double error, torque, current, load = (p.b + p.c_w * s.w + p.c_q * (q if q > 0.0 else 0.0)) * s.w
    if enable < 0.5:
        s.w_set = s.w
        s.integral = 0.0
        s.current_A = 0.0
        s.w -= p.per_j_dt * load
        if s.w < 0.1:
            s.w = 0.0
        return
    if set_rad_s > s.w_set + p.accel_dt:
        s.w_set += p.accel_dt
    elif set_rad_s < s.w_set - p.accel_dt:
        s.w_set -= p.accel_dt
    else:
        s.w_set = set_rad_s
    error = s.w_set - s.w
    torque = p.k_p * error + s.integral
    current = torque * p.per_k_t
    if current > p.i_max:
        current = p.i_max
    elif current < 0.0:
        current = 0.0
    else:
        s.integral += p.k_i_dt * error
    s.current_A = current
    s.w += p.per_j_dt * (p.k_t * current - load)
    if s.w < 0.0:
        s.w = 0.0
