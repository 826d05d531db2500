#ifndef SIMDAQ_CARDS_H
#define SIMDAQ_CARDS_H
#include <stdint.h>

typedef struct Card {
    const char *product;         /* as reported: always starts with SIMULATED */
    uint32_t number;
    int32_t bus;
    int ai, ao, counters, ports;
    int lines[3];
    int ai_bits, ao_bits;
    double ai_single_Hz, ai_multi_Hz;
    double ranges_V[8];          /* of the inputs, the positive end of each symmetric one; 0 ends */
    int differential;            /* distance from the positive to the negative terminal of a differential pair */
    int single_point;            /* hardware-timed single point */
    int watchdog;                /* of the digital lines */
    int nrse;                    /* has an AI SENSE terminal */
} Card;

extern const Card sim_cards[];
extern const int sim_card_count;
#endif
