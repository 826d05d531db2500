"""MQTT out: what is published (`topics`, `decimation`, `meta`), by whom (`process`, `publisher`), through what (`broker`)."""
