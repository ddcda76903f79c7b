// The command line only: options, rendering, exit codes. The analysis is in VMStateInspect.

Tool.run(Array(CommandLine.arguments.dropFirst()))
