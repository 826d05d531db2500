from cext.rig cimport Rig
from rigs.mailbox cimport Box

cdef enum:
    MOST_DEVICES = 8


cdef class CompositeRig(Rig):
    cdef readonly Rig base
    cdef readonly list devices
    cdef Box* boxes[MOST_DEVICES]     # of the devices' mailboxes, which `devices` keeps alive
    cdef int count
