//! The function table of one sample.

use crate::codec::{Cursor, put_varint};

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

/// Appends a function table, its signatures renumbered.
pub(crate) fn put_functions(out: &mut Vec<u8>, rows: &[FunctionRow], number: impl Fn(u32) -> u32) {
    let mut before = 0u64;
    for row in rows {
        put_varint(out, row.address.wrapping_sub(before));
        before = row.address;
        put_varint(out, u64::from(row.bytes) << 1 | u64::from(row.thunk));
        put_varint(out, u64::from(number(row.signature)));
        put_varint(out, row.callees.len() as u64);
        let mut last = 0u32;
        for &callee in &row.callees {
            put_varint(out, u64::from(callee.wrapping_sub(last)));
            last = callee;
        }
    }
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
    // A row takes at least four bytes: a lying count cannot make us reserve more than the file has.
    if count as usize > cursor.left() / 4 {
        return None;
    }
    let mut rows = Vec::with_capacity(count as usize);
    let mut address = 0u64;
    for _ in 0..count {
        address = address.wrapping_add(cursor.varint()?);
        let packed = cursor.varint()?;
        let signature = cursor.varint_as()?;
        let callees = read_callees(cursor)?;
        let bytes = u32::try_from(packed >> 1).ok()?;
        rows.push(FunctionRow { address, bytes, signature, thunk: packed & 1 == 1, callees, name: None });
    }
    read_names(cursor, &mut rows)?;
    Some(rows)
}

fn read_callees(cursor: &mut Cursor<'_>) -> Option<Vec<u32>> {
    let count: usize = cursor.varint_as()?;
    if count > cursor.left() {
        return None;
    }
    let mut last = 0u32;
    (0..count)
        .map(|_| {
            last = last.wrapping_add(cursor.varint_as()?);
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
