LAW_ABI: int

class Law:
    @property
    def abi(self) -> int: ...
