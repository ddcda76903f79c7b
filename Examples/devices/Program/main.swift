print("devices")
