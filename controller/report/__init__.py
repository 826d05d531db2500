def write_report(folder): return None
