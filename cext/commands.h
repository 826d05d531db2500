/* What the supervisor tells the tick, in memory of one process. Commands queue (ledger.h); stop, trip, quit, heartbeat do not:
   each is an atomic of its own, so none of them can wait behind a full queue. Every line has one writer. */
#ifndef MOCKLOOP_COMMANDS_H
#define MOCKLOOP_COMMANDS_H
#include "ledger.h"

enum { COMMAND_CAPACITY = 256 };

typedef struct Command {
    uint64_t number;   /* 1, 2, … in the order sent */
    int64_t kind;      /* the sender's and the loop's business */
    int64_t target;    /* index of a setting, where kind needs one */
    double value;
    double ramp_s;
} Command;

typedef struct CommandDesk {
    _Alignas(CACHE_LINE) Ledger ledger;                 /* sender */
    _Alignas(CACHE_LINE) Atomic64 stop_held;            /* sender: level */
    Atomic64 stop_presses;                              /* sender: a press and release between two ticks counts as well */
    Atomic64 trips;                                     /* sender: demands of the safe state */
    Atomic64 quit;
    Atomic64 heartbeats;
    _Alignas(CACHE_LINE) Atomic64 acknowledged;         /* tick: every command up to this number was handled */
    uint64_t presses_seen;                              /* tick's own */
    uint64_t trips_seen;                                /* tick's own */
    _Alignas(CACHE_LINE) Atomic64 verdicts[COMMAND_CAPACITY]; /* tick: verdict of command n at n % capacity */
    _Alignas(CACHE_LINE) Atomic64 records[COMMAND_CAPACITY * (sizeof(Command) / 8)]; /* sender */
} CommandDesk;
#endif
