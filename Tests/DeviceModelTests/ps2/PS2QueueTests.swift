import DeviceModels
import TestSupport
import Testing
import VMState

@Suite struct PS2QueueTests {
  /// A keyboard's body with these queue members (write command -1).
  private func body(read: String, write: String, count: String, reply: String?) -> [UInt8] {
    var bytes = hex("ffffffff \(read) \(write) \(count)") + (0..<256).map { UInt8($0) }
    bytes += hex("00000001 00000000 00000002")
    if let reply {
      bytes += subsection("ps2kbd/command_reply_queue", version: 0, reply)
    }
    return bytes + [0]
  }

  private func loaded(
    read: String, write: String = "00000000", count: String, reply: String? = nil
  ) throws -> PS2Queue {
    var state = PS2KeyboardState()
    _ = try load(
      PS2KeyboardState.vmstate, into: &state,
      body(read: read, write: write, count: count, reply: reply))
    return state.common.queue
  }

  @Test func boundsTheCountAndComputesTheWriteIndex() throws {
    let queue = try loaded(read: "000000fa", write: "12345678", count: "7fffffff")
    #expect(queue.count == 16)
    #expect(queue.readIndex == 0xFA)
    #expect(queue.writeIndex == 0x0A)
  }

  @Test func aNegativeCountMeansNothingWaits() throws {
    let queue = try loaded(read: "ffffffff", count: "80000000")
    #expect(queue.count == 0)
    #expect(queue.readIndex == 0xFF)
    #expect(queue.writeIndex == 0xFF)
    #expect(queue.replyEnd == -1)
  }

  @Test func aReplyIsAtMostEightBytesLong() throws {
    let queue = try loaded(read: "00000010", count: "00000001", reply: "000000ff")
    #expect(queue.count == 8)
    #expect(queue.replyEnd == 0x18)
    #expect(queue.writeIndex == 0x18)
  }

  @Test func aReplyOfNoBytesIsNone() throws {
    let queue = try loaded(read: "00000010", count: "00000003", reply: "00000110")
    #expect(queue.replyEnd == -1)
    #expect(queue.count == 3)
  }

  @Test func noLoadedQueueMakesTheKeyboardTrap() throws {
    let values = ["00000000", "ffffffff", "7fffffff", "80000000", "00000100"]
    for read in values {
      for count in values {
        for reply in values {
          let keyboard = PS2Keyboard()
          _ = try load(
            PS2KeyboardState.vmstate, into: &keyboard.state,
            body(read: read, write: count, count: count, reply: reply))
          for byte in 0...255 { keyboard.write(UInt8(byte)) }
          for _ in 0..<40 { _ = keyboard.read() }
          #expect(keyboard.state.common.queue.count == 0)
        }
      }
    }
  }
}
