import VMState

/// The subcommands.
enum DevicesTool {
  static let help = """
    OVERVIEW: A PC of example devices, saved and loaded in QEMU's stream format.

    USAGE: devices [--trace] [--output FILE]
           devices <subcommand> <options>

    Without a subcommand: a machine is saved while it runs, loaded into a second one, and
    compared; a damaged copy is refused. The file stays, to be looked at with vmstate-dump.

      --trace             Print every section, hook and field of the save.
      --output FILE       Save there instead of a new temporary folder.

    SUBCOMMANDS:
      save --to FILE      Save a small machine to a file.
      load --from FILE    Load such a file; exit code 0 if it is complete and right.
      help                Show this help.

    For the tests with QEMU (Tests/Interop):
      splice --into BASE -o OUT [--seed N] [--profile 7.2|10.0|...]
             [--how identity|behaviour|random] [--form plain|xbzrle|compress|mapped-ram]
             [--channels N] [--direct] [--statistics FILE]
                          Load a QEMU stream, change the devices that are modelled here, and
                          save the machine again; with pages over N multifd channels, to OUT.0
                          and so on, or to the same mapped-ram file; with the numbers of QEMU's
                          query-migrate to FILE.
      blank --machine none|pc|TYPE -o OUT [--qemu 7.2|10.0|...] [--ram MIB] [--seed N] [--live]
            [--sums] [--form plain|xbzrle|compress|mapped-ram|background-snapshot]
            [--channels N] [--direct] [--announced]
                          Write a stream of our own, and its memory to OUT.mem. The pages of a
                          mapped-ram file go over N channels; --direct: past the system's cache.
      send --to SOCKET [--channels N] [--compression none|zlib|zstd] [-o MEMORY]
                          The same machine to a QEMU that waits at a UNIX socket.
      receive --from SOCKET -o MEMORY [--channels N] [--compression none|zlib|zstd]
                          A machine from a QEMU that connects to a UNIX socket.
      receive --from FILE -o MEMORY --form mapped-ram [--channels N] [--direct]
                          A machine from a file.

    EXIT CODES: 0 good, 1 something did not hold, 64 usage, 65 bad data.
    """

  static func run(_ arguments: [String]) -> ExitCode {
    do {
      return try runThrowing(arguments)
    } catch let error as UsageError {
      complain("\(error.message)\n\n\(help)")
      return .usage
    } catch {
      complain("\(error)")
      return .badData
    }
  }

  private static func runThrowing(_ arguments: [String]) throws -> ExitCode {
    let name = arguments.first.flatMap { $0.hasPrefix("-") ? nil : $0 }
    let rest = Array(arguments.dropFirst(name == nil ? 0 : 1))
    switch name ?? "" {
    case "":
      if rest.contains("--help") || rest.contains("-h") { return showHelp() }
      let options = try Options(rest, values: ["--output"], flags: ["--trace"])
      return try Demonstration(options).run()
    case "send":
      return try ChannelTransfer.send(
        Options(rest, values: ChannelTransfer.options, flags: ["--live"]))
    case "receive":
      return try ChannelTransfer.receive(
        Options(rest, values: ChannelTransfer.options, flags: PageChannels.flags))
    case "help": return showHelp()
    case "save": return try SmallMachine.save(Options(rest, values: ["--to", "--seed"]))
    case "load": return try SmallMachine.load(Options(rest, values: ["--from"]))
    case "splice":
      return try Splice.run(
        Options(
          rest, values: Splice.options.union(PageChannels.options), flags: PageChannels.flags))
    case "blank":
      let options = try Options(
        rest, values: BlankStream.options.union(PageChannels.options),
        flags: PageChannels.flags.union(["--live", "--sums", "--announced"]))
      return try BlankStream.run(options)
    default: throw UsageError(message: "there is no subcommand '\(name ?? "")'")
    }
  }

  private static func showHelp() -> ExitCode {
    say(help)
    return .good
  }
}
