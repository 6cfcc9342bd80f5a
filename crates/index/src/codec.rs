//! Variable-length numbers in bytes and in bits, and cursors that never read past the end.

/// Appends a number, seven bits a byte, low bits first.
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Reads from untrusted bytes: every read says `None` at the end.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Cursor { bytes }
    }

    pub(crate) fn left(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.bytes.split_at_checked(count)?;
        self.bytes = rest;
        Some(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return None;
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    pub(crate) fn varint_as<T: TryFrom<u64>>(&mut self) -> Option<T> {
        T::try_from(self.varint()?).ok()
    }
}

/// Appends numbers bit by bit, the low bit first.
#[derive(Default)]
pub(crate) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits that do not fill a byte yet: fewer than eight.
    word: u64,
    filled: u32,
}

impl BitWriter {
    /// Appends the low bits of a number, at most 56 of them.
    pub(crate) fn put(&mut self, value: u64, bits: u32) {
        debug_assert!(bits <= 56 && value >> bits == 0);
        self.word |= value << self.filled;
        self.filled += bits;
        while self.filled >= 8 {
            self.bytes.push(self.word as u8);
            self.word >>= 8;
            self.filled -= 8;
        }
    }

    /// Appends a number of 64 bits.
    pub(crate) fn put_u64(&mut self, value: u64) {
        self.put(value & u64::from(u32::MAX), 32);
        self.put(value >> 32, 32);
    }

    /// Appends a number below 2^61 that is likely to have about `usual` bits (exponential Golomb).
    pub(crate) fn put_number(&mut self, value: u64, usual: u32) {
        debug_assert!(value < 1 << 61 && usual <= 32);
        let rest = (value >> usual) + 1;
        let more = rest.ilog2();
        self.put(0, more.min(32));
        self.put(0, more - more.min(32));
        self.put(1, 1);
        let low = rest & ((1 << more) - 1);
        self.put(low & u64::from(u32::MAX), more.min(32));
        self.put(low >> 32, more - more.min(32));
        self.put(value & ((1 << usual) - 1), usual);
    }

    /// Bits so far.
    pub(crate) fn bits(&self) -> u64 {
        self.bytes.len() as u64 * 8 + u64::from(self.filled)
    }

    /// Fills the last byte with zeros and gives all of them.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.put(0, (8 - self.filled) % 8);
        self.bytes
    }
}

/// A number with a sign as one without; small ones stay small.
pub(crate) fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63) as u64
}

/// The other way round of [`zigzag`].
pub(crate) fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// How many bits the next number is likely to have, by those before it.
pub(crate) struct Usual(u32);

impl Usual {
    /// Starts with numbers of about so many bits.
    pub(crate) fn new(bits: u32) -> Self {
        Usual(2 * bits)
    }

    /// For [`BitWriter::put_number`].
    pub(crate) fn bits(&self) -> u32 {
        (self.0 / 2).saturating_sub(1)
    }

    /// Takes a number into account.
    pub(crate) fn heed(&mut self, number: u64) {
        self.0 = self.0 / 2 + (64 - number.leading_zeros()).min(32);
    }
}

/// Reads untrusted bits, the low bit first: every read says `None` at the end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BitCursor<'a> {
    bytes: &'a [u8],
    at: u64,
}

impl<'a> BitCursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        BitCursor { bytes, at: 0 }
    }

    /// The same bytes, from another bit on.
    pub(crate) fn at(self, at: u64) -> Self {
        BitCursor { at, ..self }
    }

    /// The bit that comes next.
    pub(crate) fn place(&self) -> u64 {
        self.at
    }

    pub(crate) fn left(&self) -> u64 {
        (self.bytes.len() as u64 * 8).saturating_sub(self.at)
    }

    /// The next 57 bits and perhaps more; zeros beyond the end.
    #[inline]
    fn peek(&self) -> u64 {
        let rest = self.bytes.get((self.at / 8) as usize..).unwrap_or(&[]);
        let word = match rest.first_chunk() {
            Some(word) => u64::from_le_bytes(*word),
            None => rest.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
        };
        word >> (self.at % 8)
    }

    /// Passes over so many bits.
    #[inline]
    pub(crate) fn skip(&mut self, bits: u64) -> Option<()> {
        self.at = self.at.checked_add(bits).filter(|_| bits <= self.left())?;
        Some(())
    }

    /// A number of at most 56 bits.
    #[inline]
    pub(crate) fn take(&mut self, bits: u32) -> Option<u64> {
        let value = self.peek() & ((1 << bits) - 1);
        self.skip(u64::from(bits))?;
        Some(value)
    }

    /// A number of 64 bits.
    pub(crate) fn u64(&mut self) -> Option<u64> {
        Some(self.take(32)? | self.take(32)? << 32)
    }

    /// What [`BitWriter::put_number`] wrote.
    #[inline]
    pub(crate) fn number(&mut self, usual: u32) -> Option<u64> {
        let more = self.zeros().filter(|&zeros| zeros < 62)? as u32;
        let low = self.take(more.min(32))? | self.take(more - more.min(32))? << 32;
        let rest = (1 << more | low) - 1;
        Some(rest.checked_shl(usual).filter(|high| high >> usual == rest)? | self.take(usual)?)
    }

    /// How many zeros come before the next one, which is passed too.
    #[inline]
    pub(crate) fn zeros(&mut self) -> Option<u64> {
        let mut before = 0;
        loop {
            let zeros = u64::from(self.peek().trailing_zeros());
            if zeros < 56 {
                self.skip(zeros + 1)?;
                return Some(before + zeros);
            }
            self.skip(56)?;
            before += 56;
        }
    }

    pub(crate) fn number_as<T: TryFrom<u64>>(&mut self, usual: u32) -> Option<T> {
        T::try_from(self.number(usual)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_from_bits_and_cut_ones_do_not() {
        let numbers = [0, 1, 2, 6, 7, 8, 255, 256, 1 << 24, 1 << 40, (1 << 56) + 5, (1 << 61) - 1];
        for usual in [0, 1, 7, 18, 32] {
            let mut writer = BitWriter::default();
            for number in numbers {
                writer.put(number & 7, 3);
                writer.put_number(number, usual);
                writer.put_u64(number << 2 | 3);
            }
            let bits = writer.bits();
            let bytes = writer.finish();
            let mut cursor = BitCursor::new(&bytes);
            for number in numbers {
                assert_eq!(cursor.take(3), Some(number & 7));
                assert_eq!(cursor.number(usual), Some(number), "{number} with {usual}");
                assert_eq!(cursor.u64(), Some(number << 2 | 3));
            }
            assert_eq!(cursor.place(), bits);
            for length in 0..bytes.len() {
                let mut cursor = BitCursor::new(&bytes[..length]);
                while cursor.number(usual).is_some() {}
                assert!(cursor.place() <= length as u64 * 8);
            }
        }
        assert_eq!(BitCursor::new(&[0; 40]).number(3), None, "nothing but zeros");
    }

    fn check(value: u64) {
        let mut out = Vec::new();
        put_varint(&mut out, value);
        let mut cursor = Cursor::new(&out);
        assert_eq!(cursor.varint(), Some(value));
        assert_eq!(cursor.left(), 0);
        assert_eq!(Cursor::new(&out[..out.len() - 1]).varint(), None);
    }

    #[test]
    fn numbers_come_back_and_cut_ones_do_not() {
        [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX].into_iter().for_each(check);
    }

    #[test]
    fn an_overlong_number_is_refused() {
        assert_eq!(Cursor::new(&[0xff; 11]).varint(), None);
    }
}
