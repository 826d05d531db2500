/* Layout of a latest-value cell: a ledger of four records on a page of its own (ledger.h has the protocol).

   Four, not one as in a plain seqlock: the newest record stays whole while the next is written, so a tick never depends on a
   writer that the scheduler stopped half-way, and a reader is beaten only by three complete writes during one copy. */
#ifndef MOCKLOOP_CELL_H
#define MOCKLOOP_CELL_H
#include "ledger.h"

enum { CELL_RECORDS = 4, CELL_HEADER_BYTES = 128 };
#define CELL_MAGIC 0x316c6c65436b636dULL /* "mckCell1": the digit is the version of this layout */

typedef struct CellHeader {
    _Alignas(CACHE_LINE) uint64_t magic;
    uint64_t record_bytes;
    _Alignas(CACHE_LINE) Ledger ledger;
} CellHeader;
_Static_assert(sizeof(CellHeader) == CELL_HEADER_BYTES, "the cell's header changed its size");
#endif
