/* The wires of the stand-in: what lies on the terminals of its simulated cards, and what the tests want to go wrong.

   One segment of shared memory (memfd) for the whole library. The plant's side writes what the card measures (ai_V, line, edges)
   and reads what it drives (ao_V, line); calls of the driver do the reverse. */
#ifndef SIMDAQ_SEGMENT_H
#define SIMDAQ_SEGMENT_H
#include <stdint.h>

enum { SIM_DEVICES = 4, SIM_AI = 32, SIM_AO = 4, SIM_PORTS = 3, SIM_PORT_LINES = 32, SIM_COUNTERS = 4, SIM_NAME = 32 };
#define SIM_MAGIC 0x316d6953516144ULL

typedef struct SimDevice {
    char name[SIM_NAME];                      /* "Dev1"; empty: this place is free */
    int64_t card;                             /* index in the table of cards.c */
    double ai_V[SIM_AI];
    double ao_V[SIM_AO];
    uint8_t line[SIM_PORTS][SIM_PORT_LINES];  /* level on the wire, 0 or 1 */
    uint64_t edges[SIM_COUNTERS];
} SimDevice;

typedef struct SimSegment {
    uint64_t magic;
    uint64_t calls;       /* of the driver's functions, since `mockloop_simdaq_reset` */
    uint64_t fail_at;     /* number of the call that fails, from 1; 0: none */
    uint64_t fail_count;  /* how many calls in a row fail */
    int64_t fail_code;    /* below 0 */
    int64_t latency_ns;   /* that every call which touches the card takes */
    int64_t real_pace;    /* 1: the sample clock waits for real time; 0: virtual time, it passes at once */
    int64_t now_ns;       /* time on the cards: passes only as the plant steps */
    SimDevice device[SIM_DEVICES];
} SimSegment;

extern SimSegment *sim;

/* The plant: lets `periods` of `period_ns` pass with the outputs as they lie on the wires, and lays its measurements there. */
typedef void (*SimStep)(void *context, int64_t periods);
#endif
