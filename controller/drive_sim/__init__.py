"""The program around a simulated pump drive (rigs.simdrive): ``mockloop drive-sim``."""
