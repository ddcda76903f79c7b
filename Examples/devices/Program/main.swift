// The demonstration of the example devices, and the commands with which the interoperability
// tests drive them. `devices help` lists them.

exit(DevicesTool.run(Array(CommandLine.arguments.dropFirst())))
