"""Pump drives on Modbus: a mailbox for the tick, and a thread that talks to the drive at the drive's own pace.

`pump_drive` is the rig (what the tick calls); `bus` the thread; `drive` what is said and when; `registers` and `description`
how the drive's file is read; `port` the only module that knows pymodbus.
"""
