import VMState
import VMStateInspect

// The command line only: options, rendering, exit codes. The analysis is in VMStateInspect.

exit(CommandLineTool.run(Array(CommandLine.arguments.dropFirst())))
