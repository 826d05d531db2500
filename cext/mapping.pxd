cdef class Mapping:
    cdef void* address
    cdef readonly size_t size
    cdef readonly int fd
    cdef bint owns_fd
