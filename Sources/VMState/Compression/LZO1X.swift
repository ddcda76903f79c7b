/// Decodes LZO1X, the code that lzop's blocks are in.
///
/// Each instruction copies a match and says how many literals (0 to 3) follow it; what an
/// instruction below 16 means depends on how many literals came before it.
enum LZO1X {
  /// Decodes a block into memory of exactly its size.
  ///
  /// - Throws: `badCompression`.
  static func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(VMStateError) {
    var run = Run(input: input, output: output)
    try run.decode()
    guard run.made == output.count, run.taken == input.count else { throw damaged }
  }

  static var damaged: VMStateError {
    VMStateError(.badCompression, "the lzop data is damaged", found: "an impossible LZO block")
  }

  private struct Run {
    let input: UnsafeRawBufferPointer
    let output: UnsafeMutableRawBufferPointer
    var taken = 0
    var made = 0
    // Literals before the next instruction: 0 to 3, or 4 for a long run.
    var literals = 0

    mutating func decode() throws(VMStateError) {
      guard let first = input.first else { throw LZO1X.damaged }
      if first > 17 {
        taken = 1
        try copyLiterals(Int(first) - 17)
        literals = min(4, Int(first) - 17)
      }
      while try step() {}
    }

    private mutating func byte() throws(VMStateError) -> Int {
      guard taken < input.count else { throw LZO1X.damaged }
      taken += 1
      return Int(input[taken - 1])
    }

    /// One instruction; false at the end mark.
    private mutating func step() throws(VMStateError) -> Bool {
      let code = try byte()
      if code >= 64 {
        let length = code >= 128 ? 5 + (code >> 5 & 3) : 3 + (code >> 5 & 1)
        let distance = try byte() << 3 + (code >> 2 & 7) + 1
        try copy(length, distance, then: code & 3)
      } else if code >= 32 {
        let length = 2 + (try extended(code & 31, 31))
        let word = try byte() | byte() << 8
        try copy(length, word >> 2 + 1, then: word & 3)
      } else if code >= 16 {
        return try far(code)
      } else {
        try near(code)
      }
      return true
    }

    /// `0001HLLL`: a match 16 to 48 KiB back, or the end.
    private mutating func far(_ code: Int) throws(VMStateError) -> Bool {
      let length = 2 + (try extended(code & 7, 7))
      let word = try byte() | byte() << 8
      let distance = (code & 8) << 11 + word >> 2
      if distance == 0 { return false }
      try copy(length, distance + 16384, then: word & 3)
      return true
    }

    /// `0000XXXX`: literals, or a short match.
    private mutating func near(_ code: Int) throws(VMStateError) {
      if literals == 0 {
        try copyLiterals(3 + (try extended(code, 15)))
        literals = 4
        return
      }
      let distance = try byte() << 2 + code >> 2 + 1
      if literals == 4 {
        try copy(3, distance + 2048, then: code & 3)
      } else {
        try copy(2, distance, then: code & 3)
      }
    }

    /// A length whose bits are all zero goes on in bytes: 255 for each zero, then the rest.
    private mutating func extended(_ bits: Int, _ base: Int) throws(VMStateError) -> Int {
      if bits > 0 { return bits }
      var length = base
      while true {
        let next = try byte()
        if next > 0 { return length + next }
        length += 255
      }
    }

    private mutating func copyLiterals(_ count: Int) throws(VMStateError) {
      guard count <= input.count - taken, count <= output.count - made else {
        throw LZO1X.damaged
      }
      UnsafeMutableRawBufferPointer(rebasing: output[made..<made + count]).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: input[taken..<taken + count]))
      taken += count
      made += count
    }

    /// Copies what was decoded before; it may overlap itself.
    private mutating func copy(
      _ length: Int, _ distance: Int, then count: Int
    ) throws(VMStateError) {
      guard distance <= made, length <= output.count - made else { throw LZO1X.damaged }
      for index in made..<made + length { output[index] = output[index - distance] }
      made += length
      try copyLiterals(count)
      literals = count
    }
  }
}
