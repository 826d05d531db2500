"""ECG and pressure for a console under test: rhythms of the virtual patient and artefacts, to outputs of a bench or to a file."""
