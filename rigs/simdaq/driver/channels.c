/* Channels: names of terminals become places on a card. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "driver.h"

/* "Dev1/ai3", "Dev1/ao0", "Dev1/ctr0", "Dev1/port0/line7" -> the place, for this kind of task. */
static int32_t place(Kind kind, const char *terminal, Channel *to)
{
    char device[SIM_NAME];
    const char *slash = strchr(terminal, '/');
    int port = 0, index = -1, read = 0, most = 0;
    if (!slash || slash - terminal >= SIM_NAME)
        return sim_fail(ERR_NO_SUCH_CHANNEL, "'%s' is no physical channel", terminal);
    memcpy(device, terminal, slash - terminal);
    device[slash - terminal] = 0;
    to->device = sim_device(device);
    if (!to->device)
        return sim_fail(ERR_NO_SUCH_DEVICE, "There is no device '%s'", device);
    const Card *card = &sim_cards[to->device->card];
    slash++;
    if (kind == KIND_AI && sscanf(slash, "ai%d%n", &index, &read) == 1)
        most = card->ai;
    else if (kind == KIND_AO && sscanf(slash, "ao%d%n", &index, &read) == 1)
        most = card->ao;
    else if (kind == KIND_CI && sscanf(slash, "ctr%d%n", &index, &read) == 1)
        most = card->counters;
    else if ((kind == KIND_DI || kind == KIND_DO) && sscanf(slash, "port%d/line%d%n", &port, &index, &read) == 2)
        most = port >= 0 && port < card->ports ? card->lines[port] : 0;
    if (!read || slash[read] || index < 0 || index >= most)
        return sim_fail(ERR_NO_SUCH_CHANNEL, "%s '%s' has no channel '%s' for this task", card->product, device, slash);
    to->port = port;
    to->index = index;
    return 0;
}

static int32_t add(Task *task, Kind kind, const char *terminal)
{
    Channel found = {0};
    int32_t code = place(kind, terminal, &found);
    if (code)
        return code;
    for (int i = 0; i < task->count; i++)
        if (task->channel[i].device == found.device && task->channel[i].port == found.port && task->channel[i].index == found.index)
            return sim_fail(ERR_CHANNEL_TWICE, "'%s' is in task %s already", terminal, task->name);
    if (task->count == TASK_CHANNELS)
        return sim_fail(ERR_INVALID_ATTRIBUTE_VALUE, "Task %s has %d channels, the most", task->name, TASK_CHANNELS);
    task->channel[task->count++] = found;
    return 0;
}

/* A list as the API takes it: "Dev1/ai0, Dev1/ai4:7". */
int32_t sim_add_channels(Task *task, Kind kind, const char *names)
{
    char text[2048], *rest = text, *one;
    if (task->kind != KIND_NONE && task->kind != kind)
        return sim_fail(ERR_CHANNEL_TYPE, "Task %s has channels of another kind", task->name);
    snprintf(text, sizeof text, "%s", names);
    task->kind = kind;
    while ((one = strsep(&rest, ","))) {
        while (isspace((unsigned char)*one))
            one++;
        char *colon = strchr(one, ':'), terminal[256];
        int32_t code = 0;
        if (!colon) {
            code = add(task, kind, one);
        } else {
            char *digits = colon;
            while (digits > one && isdigit((unsigned char)digits[-1]))
                digits--;
            int first = atoi(digits), last = atoi(colon + 1), step = first <= last ? 1 : -1;
            for (int i = first; !code && i != last + step; i += step) {
                snprintf(terminal, sizeof terminal, "%.*s%d", (int)(digits - one), one, i);
                code = add(task, kind, terminal);
            }
        }
        if (code)
            return code;
    }
    return 0;
}

/* Range of the card that holds [low, high], for the channels from `first` on. */
static int32_t set_range(Task *task, int first, double low, double high)
{
    for (int i = first; i < task->count; i++) {
        const Card *card = &sim_cards[task->channel[i].device->card];
        double limit = 0.0;
        for (int r = 0; r < 8 && card->ranges_V[r] > 0.0 && !limit; r++)
            if (-card->ranges_V[r] <= low && high <= card->ranges_V[r])
                limit = card->ranges_V[r];
        if (task->kind == KIND_AO)
            limit = -10.0 <= low && high <= 10.0 ? 10.0 : 0.0;
        if (!limit || low >= high)
            return sim_fail(ERR_INVALID_ATTRIBUTE_VALUE, "%s has no range that holds %g V to %g V", card->product, low, high);
        task->channel[i].low = -limit;
        task->channel[i].high = limit;
    }
    return 0;
}

EXPORT int32_t DAQmxCreateAIVoltageChan(TaskHandle taskHandle, const char physicalChannel[], const char nameToAssignToChannel[],
                                        int32_t terminalConfig, double minVal, double maxVal, int32_t units,
                                        const char customScaleName[])
{
    (void)nameToAssignToChannel, (void)units, (void)customScaleName;
    ENTER();
    Task *task = TASK(taskHandle);
    int first = task->count;
    int32_t code = sim_add_channels(task, KIND_AI, physicalChannel);
    for (int i = first; !code && i < task->count; i++) {
        const Card *card = &sim_cards[task->channel[i].device->card];
        int pair = card->differential, index = task->channel[i].index;
        bool can = terminalConfig == VAL_RSE || terminalConfig == VAL_DEFAULT || (terminalConfig == VAL_NRSE && card->nrse) ||
                   (terminalConfig == VAL_DIFF && index % (2 * pair) < pair);
        if (!can)
            code = sim_fail(ERR_INVALID_ATTRIBUTE_VALUE, "%s/ai%d has no terminal configuration %d", task->channel[i].device->name,
                            index, (int)terminalConfig);
    }
    return code ? code : set_range(task, first, minVal, maxVal);
}

EXPORT int32_t DAQmxCreateAOVoltageChan(TaskHandle taskHandle, const char physicalChannel[], const char nameToAssignToChannel[],
                                        double minVal, double maxVal, int32_t units, const char customScaleName[])
{
    (void)nameToAssignToChannel, (void)units, (void)customScaleName;
    ENTER();
    Task *task = TASK(taskHandle);
    int first = task->count;
    int32_t code = sim_add_channels(task, KIND_AO, physicalChannel);
    return code ? code : set_range(task, first, minVal, maxVal);
}

EXPORT int32_t DAQmxCreateDIChan(TaskHandle taskHandle, const char lines[], const char nameToAssignToLines[], int32_t lineGrouping)
{
    (void)nameToAssignToLines, (void)lineGrouping;
    ENTER();
    Task *task = TASK(taskHandle);
    return sim_add_channels(task, KIND_DI, lines);
}

EXPORT int32_t DAQmxCreateDOChan(TaskHandle taskHandle, const char lines[], const char nameToAssignToLines[], int32_t lineGrouping)
{
    (void)nameToAssignToLines, (void)lineGrouping;
    ENTER();
    Task *task = TASK(taskHandle);
    return sim_add_channels(task, KIND_DO, lines);
}

EXPORT int32_t DAQmxCreateCICountEdgesChan(TaskHandle taskHandle, const char counter[], const char nameToAssignToChannel[],
                                           int32_t edge, uint32_t initialCount, int32_t countDirection)
{
    (void)nameToAssignToChannel, (void)edge, (void)initialCount, (void)countDirection;
    ENTER();
    Task *task = TASK(taskHandle);
    return sim_add_channels(task, KIND_CI, counter);
}
