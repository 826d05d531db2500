"""A SIMULATED pump drive that speaks Modbus: for trying benches without a drive, and the drive of our own tests.

`motor` is the machine, `profiles` how it answers to control words, `simulated` the drive with its registers, `line` what may go
wrong on the wire, `server` and `pseudo_terminal` the wire itself, `shaft` what turns a plant, `hosted` a drive within a simulated
bench. The program around it is controller.drive_sim.
"""
