"""What passes between the tick and the thread of a drive: one record down, one up, each in a cell (cext/cell.pxd)."""

cdef struct Order:
    double speed_rpm
    double enable          # 0 or 1
    double edges           # rising edges of enable so far: a start needs a new one
    double safe            # make_safe calls so far; the thread looks at once when it grows
    double written_s       # CLOCK_MONOTONIC, s

cdef struct Report:
    double speed_rpm
    double current_A       # NaN: the drive does not tell
    double flow_L_min      # NaN: the drive does not tell
    double bad             # 1: the drive says fault, is not under our control, or does not follow
    double replied_s       # CLOCK_MONOTONIC of the last good reply
