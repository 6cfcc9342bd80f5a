//! The function table of one sample.

use crate::codec::{BitCursor, BitWriter, Cursor, put_varint, unzigzag, zigzag};

/// One function as a segment keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FunctionRow {
    pub(crate) address: u64,
    pub(crate) bytes: u32,
    /// The signature's number within the segment (or, before it is written, within the buffer).
    pub(crate) signature: u32,
    pub(crate) thunk: bool,
    pub(crate) callees: Vec<u32>,
    pub(crate) name: Option<Box<str>>,
}

/// Names of one sample, unpacked, take no more than this; what would be beyond is left without a name.
const MAX_NAMES: usize = 256 << 20;

/// Functions start at multiples of this, as a rule.
const ALIGNMENT: u64 = 16;
/// Usual bits: of how far a function lies from where it is expected, of its bytes, of its callees.
const ADDRESS_BITS: u32 = 3;
const BYTES_BITS: u32 = 6;
const CALLEE_BITS: u32 = 5;

/// Where a function is expected that comes behind `before`.
fn behind(before: Option<&FunctionRow>) -> u64 {
    let end = before.map_or(0, |row| row.address.wrapping_add(row.bytes.into()));
    end.checked_next_multiple_of(ALIGNMENT).unwrap_or(0)
}

/// Appends a function table, its signatures renumbered.
pub(crate) fn put_functions(out: &mut Vec<u8>, rows: &[FunctionRow], number: impl Fn(u32) -> u32) {
    let mut bits = BitWriter::default();
    let most = rows.iter().map(|row| number(row.signature)).max().unwrap_or(0);
    let number_bits = 32 - most.leading_zeros();
    bits.put(number_bits.into(), 6);
    let mut before = None;
    for row in rows {
        let off = row.address.wrapping_sub(behind(before)) as i64;
        let far = off.unsigned_abs() >> 50 != 0;
        bits.put(far.into(), 1);
        match far {
            true => bits.put_u64(row.address),
            false => bits.put_number(zigzag(off), ADDRESS_BITS),
        }
        bits.put_number(row.bytes.into(), BYTES_BITS);
        bits.put(row.thunk.into(), 1);
        bits.put(number(row.signature).into(), number_bits);
        bits.put_number(row.callees.len() as u64, 0);
        let mut last = 0u32;
        for &callee in &row.callees {
            bits.put_number(callee.wrapping_sub(last).into(), CALLEE_BITS);
            last = callee;
        }
        before = Some(row);
    }
    let bits = bits.finish();
    put_varint(out, bits.len() as u64);
    out.extend(bits);
    put_names(out, rows);
}

fn put_names(out: &mut Vec<u8>, rows: &[FunctionRow]) {
    if rows.iter().all(|row| row.name.is_none()) {
        return put_varint(out, 0);
    }
    let mut heap = Vec::new();
    for row in rows {
        // Even where no other row has a name: each takes a byte.
        let room = MAX_NAMES.saturating_sub(heap.len()).saturating_sub(rows.len());
        match row.name.as_ref().filter(|name| name.len().saturating_add(10) <= room) {
            None => put_varint(&mut heap, 0),
            Some(name) => {
                put_varint(&mut heap, name.len() as u64 + 1);
                heap.extend(name.as_bytes());
            }
        }
    }
    put_varint(out, heap.len() as u64);
    out.extend(lz4_flex::block::compress(&heap));
}

/// Reads what [`put_functions`] wrote; `bytes` must end where the table ends. `None` if damaged.
pub(crate) fn read_functions(bytes: &[u8], count: u32) -> Option<Vec<FunctionRow>> {
    let cursor = &mut Cursor::new(bytes);
    let length = cursor.varint_as()?;
    let bits = &mut BitCursor::new(cursor.take(length)?);
    let number_bits = bits.take(6).filter(|&bits| bits <= 32)? as u32;
    // A lying count cannot make us reserve more than the file has.
    let least = u64::from(ADDRESS_BITS + BYTES_BITS + number_bits) + 5;
    if u64::from(count).checked_mul(least)? > bits.left() {
        return None;
    }
    let mut rows: Vec<FunctionRow> = Vec::with_capacity(count as usize);
    for _ in 0..count {
        let address = match bits.take(1)? {
            0 => behind(rows.last()).wrapping_add(unzigzag(bits.number(ADDRESS_BITS)?) as u64),
            _ => bits.u64()?,
        };
        let size = bits.number_as(BYTES_BITS)?;
        let thunk = bits.take(1)? == 1;
        let signature = bits.take(number_bits)? as u32;
        let callees = read_callees(bits)?;
        rows.push(FunctionRow { address, bytes: size, signature, thunk, callees, name: None });
    }
    read_names(cursor, &mut rows)?;
    Some(rows)
}

fn read_callees(bits: &mut BitCursor<'_>) -> Option<Vec<u32>> {
    let count = bits.number(0)?;
    if count.checked_mul(u64::from(CALLEE_BITS) + 1)? > bits.left() {
        return None;
    }
    let mut last = 0u32;
    (0..count)
        .map(|_| {
            last = last.wrapping_add(bits.number_as(CALLEE_BITS)?);
            Some(last)
        })
        .collect()
}

fn read_names(cursor: &mut Cursor<'_>, rows: &mut [FunctionRow]) -> Option<()> {
    let unpacked: usize = cursor.varint_as()?;
    if unpacked == 0 {
        return Some(());
    }
    let packed = cursor.take(cursor.left())?;
    // LZ4 cannot pack better than 255 to 1.
    if unpacked > MAX_NAMES || unpacked > packed.len().checked_mul(256)? {
        return None;
    }
    let heap = lz4_flex::block::decompress(packed, unpacked).ok()?;
    let heap = &mut Cursor::new(&heap);
    for row in rows {
        let length: usize = heap.varint_as()?;
        if let Some(length) = length.checked_sub(1) {
            row.name = Some(std::str::from_utf8(heap.take(length)?).ok()?.into());
        }
    }
    Some(())
}
