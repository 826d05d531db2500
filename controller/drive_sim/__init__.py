"""A simulated pump drive that speaks Modbus: a product for trying benches without a drive, and the drive of our own tests.

`motor` is the machine, `profiles` how it answers to control words, `simulated` the drive with its registers, `line` what may go
wrong on the wire, `server` and `pseudo_terminal` the wire itself, `process` the program. It says SIMULATED everywhere.
"""
