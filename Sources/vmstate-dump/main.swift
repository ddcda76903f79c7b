print("vmstate-dump")
