/* What the driver, a card, a terminal and a task say of themselves. Numbers of the attributes are those of the public API. */
#include <stdio.h>
#include <string.h>
#include "driver.h"

/* Text into the caller's buffer; with size 0 the size that is needed. */
static int32_t give_text(const char *text, void *value, uint32_t size)
{
    uint32_t needed = (uint32_t)strlen(text) + 1;
    if (size == 0)
        return (int32_t)needed;
    if (size < needed)
        return ERR_STRING_BUFFER;
    memcpy(value, text, needed);
    return 0;
}

static int32_t give_int(int32_t number, void *value)
{
    memcpy(value, &number, sizeof number);
    return 0;
}

static int32_t give_double(double number, void *value)
{
    memcpy(value, &number, sizeof number);
    return 0;
}

static int32_t give_array(const void *items, uint32_t count, size_t item, void *value, uint32_t size)
{
    if (size == 0)
        return (int32_t)count;
    if (size < count)
        return ERR_READ_BUFFER;
    memcpy(value, items, count * item);
    return 0;
}

static int32_t unknown(const char *of, int32_t attribute)
{
    return sim_fail(ERR_ATTRIBUTE_NOT_SUPPORTED, "The stand-in does not know attribute 0x%x of %s", (unsigned)attribute, of);
}

EXPORT int32_t DAQmxGetSystemInfoAttribute(int32_t attribute, void *value, uint32_t size)
{
    char names[SIM_DEVICES * (SIM_NAME + 2)] = "";
    ENTER();
    switch (attribute) {
    case 0x1272: return give_int(25, value);   /* version 25.5.0: what the calls are written after */
    case 0x1923: return give_int(5, value);
    case 0x2f22: return give_int(0, value);
    case 0x193b:
        for (int i = 0; i < SIM_DEVICES; i++)
            if (sim->device[i].name[0]) {
                strcat(names, names[0] ? ", " : "");
                strcat(names, sim->device[i].name);
            }
        return give_text(names, value, size);
    }
    return unknown("the system", attribute);
}

static int32_t give_terminals(const SimDevice *device, int32_t attribute, void *value, uint32_t size)
{
    const Card *card = &sim_cards[device->card];
    char text[8192] = "";
    size_t used = 0;
    const char *kind = attribute == 0x231e ? "ai" : attribute == 0x231f ? "ao" : "ctr";
    int most = attribute == 0x231e ? card->ai : attribute == 0x231f ? card->ao : card->counters;
    bool lines = attribute == 0x2320 || attribute == 0x2322;
    for (int p = 0; p < (lines ? card->ports : 1); p++)
        for (int i = 0; i < (lines ? card->lines[p] : most) && used < sizeof text; i++) {
            used += snprintf(text + used, sizeof text - used, "%s%s/", used ? ", " : "", device->name);
            if (lines)
                used += snprintf(text + used, sizeof text - used, "port%d/line%d", p, i);
            else
                used += snprintf(text + used, sizeof text - used, "%s%d", kind, i);
        }
    return give_text(text, value, size);
}

EXPORT int32_t DAQmxGetDeviceAttribute(const char deviceName[], int32_t attribute, void *value, uint32_t size)
{
    static const int32_t modes[] = {VAL_FINITE, VAL_CONTINUOUS, VAL_HW_SINGLE_POINT};
    double ranges[16];
    uint32_t count = 0;
    ENTER();
    const SimDevice *device = sim_device(deviceName);
    if (!device)
        return sim_fail(ERR_NO_SUCH_DEVICE, "There is no device '%s'", deviceName);
    const Card *card = &sim_cards[device->card];
    switch (attribute) {
    case 0x0631: return give_text(card->product, value, size);
    case 0x231d: return give_int((int32_t)card->number, value);
    case 0x0632: return give_int(0, value);
    case 0x22ca: return give_int(1, value);
    case 0x2326: return give_int(card->bus, value);
    case 0x298c: return give_double(card->ai_single_Hz, value);
    case 0x298d: return give_double(card->ai_multi_Hz, value);
    case 0x2fdc: return give_array(modes, card->single_point ? 3 : 2, sizeof(int32_t), value, size);
    case 0x2990:
        for (; card->ranges_V[count] > 0.0; count++) {
            ranges[2 * count] = -card->ranges_V[count];
            ranges[2 * count + 1] = card->ranges_V[count];
        }
        return give_array(ranges, 2 * count, sizeof(double), value, size);
    case 0x299b:
        ranges[0] = -10.0, ranges[1] = 10.0;
        return give_array(ranges, 2, sizeof(double), value, size);
    case 0x231e: case 0x231f: case 0x2320: case 0x2322: case 0x2324:
        return give_terminals(device, attribute, value, size);
    }
    return unknown(card->product, attribute);
}

EXPORT int32_t DAQmxGetPhysicalChanAttribute(const char physicalChannel[], int32_t attribute, void *value, uint32_t size)
{
    (void)size;
    ENTER();
    Task one = {.kind = KIND_NONE};
    int32_t code = sim_add_channels(&one, KIND_AI, physicalChannel);
    if (code)
        return code;
    const Card *card = &sim_cards[one.channel[0].device->card];
    int pair = card->differential;
    if (attribute == 0x2342)   /* bits: 1 RSE, 2 NRSE, 4 differential */
        return give_int(1 | (card->nrse ? 2 : 0) | (one.channel[0].index % (2 * pair) < pair ? 4 : 0), value);
    return unknown(physicalChannel, attribute);
}

static const char *terminal(const Channel *c, Kind kind, char *text, size_t size)
{
    if (kind == KIND_DI || kind == KIND_DO)
        snprintf(text, size, "%s/port%d/line%d", c->device->name, c->port, c->index);
    else
        snprintf(text, size, "%s/%s%d", c->device->name, kind == KIND_AI ? "ai" : kind == KIND_AO ? "ao" : "ctr", c->index);
    return text;
}

static int32_t give_channels(const Task *task, void *value, uint32_t size)
{
    char text[TASK_CHANNELS * 48] = "", one[96];
    for (int i = 0; i < task->count; i++) {
        strcat(text, i ? ", " : "");
        strcat(text, terminal(&task->channel[i], task->kind, one, sizeof one));
    }
    return give_text(text, value, size);
}

EXPORT int32_t DAQmxGetTaskAttribute(TaskHandle taskHandle, int32_t attribute, void *value, uint32_t size)
{
    ENTER();
    Task *task = TASK(taskHandle);
    switch (attribute) {
    case 0x1276: return give_text(task->name, value, size);
    case 0x2181: return give_int(task->count, value);
    case 0x29ba: return give_int(task->count ? 1 : 0, value);
    case 0x230e: return give_text(task->count ? task->channel[0].device->name : "", value, size);
    case 0x1273: return give_channels(task, value, size);
    }
    return unknown(task->name, attribute);
}

EXPORT int32_t DAQmxGetChanAttribute(TaskHandle taskHandle, const char channel[], int32_t attribute, void *value, uint32_t size)
{
    static const int32_t types[] = {0, 10100, 10102, 10151, 10153, 10131};   /* by Kind */
    (void)channel, (void)size;
    ENTER();
    Task *task = TASK(taskHandle);
    if (attribute == 0x187f && task->kind < KIND_WATCHDOG)
        return give_int(types[task->kind], value);
    if (attribute == 0x0695 && task->kind == KIND_AI)
        return give_int(10322, value);           /* a voltage */
    if (attribute == 0x2178 || attribute == 0x2179)
        return give_int(1, value);               /* lines of a channel */
    return unknown(task->name, attribute);
}

EXPORT int32_t DAQmxGetReadAttribute(TaskHandle taskHandle, int32_t attribute, void *value, uint32_t size)
{
    ENTER();
    Task *task = TASK(taskHandle);
    if (attribute == 0x1223)
        return give_int((int32_t)(task->mode == VAL_CONTINUOUS ? task->written - task->taken : 1), value);
    if (attribute == 0x217b)
        return give_int(task->count, value);
    if (attribute == 0x217c)
        return give_int(1, value);               /* booleans of a channel */
    if (attribute == 0x1823)
        return give_channels(task, value, size);
    return unknown(task->name, attribute);
}

EXPORT int32_t DAQmxGetWriteAttribute(TaskHandle taskHandle, int32_t attribute, void *value, uint32_t size)
{
    (void)size;
    ENTER();
    Task *task = TASK(taskHandle);
    if (attribute == 0x217e)
        return give_int(task->count, value);
    if (attribute == 0x217f)
        return give_int(1, value);               /* booleans of a channel */
    return unknown(task->name, attribute);
}
