/* Cards that the stand-in can pretend to be. The same figures, with their sources, stand in rigs/nidaq/cards.toml; a test compares. */
#include "cards.h"

const Card sim_cards[] = {
    {.product = "SIMULATED PCIe-6363", .number = 0x53490001, .bus = 13612, .ai = 32, .ao = 4, .counters = 4, .ports = 3,
     .lines = {32, 8, 8}, .ai_bits = 16, .ao_bits = 16, .ai_single_Hz = 2e6, .ai_multi_Hz = 1e6,
     .ranges_V = {0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0}, .differential = 8, .single_point = 1, .watchdog = 1, .nrse = 1},
    {.product = "SIMULATED USB-6001", .number = 0x53490002, .bus = 12586, .ai = 8, .ao = 2, .counters = 1, .ports = 3,
     .lines = {8, 4, 1}, .ai_bits = 14, .ao_bits = 14, .ai_single_Hz = 20e3, .ai_multi_Hz = 20e3,
     .ranges_V = {10.0}, .differential = 4, .single_point = 0, .watchdog = 0, .nrse = 0},
};
const int sim_card_count = sizeof sim_cards / sizeof sim_cards[0];
