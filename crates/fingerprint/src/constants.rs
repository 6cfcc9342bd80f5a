//! Which numbers are worth remembering.

/// Round numbers, units and the reciprocals by which compilers divide.
const COMMON: &[u64] = &[
    1000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
    3600,
    86_400,
    60_000,
    1900,
    365,
    0xcccc_cccd,
    0xaaaa_aaab,
    0x6666_6667,
    0x51eb_851f,
    0x1062_4dd3,
    0x8888_8889,
    0x9249_2493,
    0x38e3_8e39,
    0xd1b7_1759,
    0x5555_5556,
    0x2aaa_aaab,
    0xcccc_cccc,
    0xaaaa_aaaa,
    0x5555_5555,
    0x3333_3333,
    0x0f0f_0f0f,
    0x0101_0101,
    0x8080_8080,
    0x00ff_00ff,
    0x431b_de83,
    0x4924_924a,
    0x2492_4925,
    0xba2e_8ba3,
    0xe38e_38e4,
    0xcccc_cccc_cccc_cccd,
    0xaaaa_aaaa_aaaa_aaab,
    0xaaaa_aaaa_aaaa_aaaa,
    0xcccc_cccc_cccc_cccc,
    0x2492_4924_9249_2492,
    0x0fff_ffff_ffff_fff8,
    0x5555_5555_5555_5555,
    0x3333_3333_3333_3333,
    0x6666_6666_6666_6667,
    0x8888_8888_8888_8889,
    0x4ec4_ec4f,
    0x4ec4_ec4e_c4ec_4ec5,
    0x0101_0101_0101_0101,
    0x20c4_9ba5_e353_f7cf,
    0x2aaa_aaaa_aaaa_aaab,
    0x5555_5555_5555_5556,
    0xf0f0_f0f1,
    0x8421_0842,
];

/// The number in the form that all widths share, or `None` where it is too common to tell.
///
/// A number that fits 32 bits, extended with or without sign, is those 32 bits.
/// Too common: below 0x100 in size (below 0x1000 for multiples of four, the sizes
/// of structures), one run of bits or all but one (powers of two, masks), and a
/// short list of round numbers and reciprocals.
pub(crate) fn telling(value: u64) -> Option<u64> {
    let signed = value as i64;
    let narrow = u32::try_from(value).is_ok() || i32::try_from(signed).is_ok();
    let (canonical, size, width) = if narrow {
        let low = value as u32;
        (u64::from(low), u64::from((low as i32).unsigned_abs()), 32)
    } else {
        (value, signed.unsigned_abs(), 64)
    };
    let small = size < 0x100 || size < 0x1000 && size.is_multiple_of(4);
    let runs = (canonical ^ (canonical << 1)).count_ones();
    let all_but_one_run = {
        let inverted = !canonical & if width == 32 { u64::from(u32::MAX) } else { u64::MAX };
        (inverted ^ (inverted << 1)).count_ones() <= 2
    };
    (!small && runs > 2 && !all_but_one_run && !COMMON.contains(&canonical)).then_some(canonical)
}

#[cfg(test)]
mod tests {
    use super::telling;

    #[test]
    fn widths_agree() {
        assert_eq!(telling(0x8000_0001), telling(0xffff_ffff_8000_0001));
        assert_eq!(telling(0x9e37_79b1), Some(0x9e37_79b1));
        assert_eq!(telling(0xffff_ffff_9e37_79b1), Some(0x9e37_79b1));
        assert_eq!(telling(0x0123_4567_89ab_cdef), Some(0x0123_4567_89ab_cdef));
    }

    #[test]
    fn sizes_masks_powers_and_round_numbers_tell_nothing() {
        let common = [0, 1, 0xff, 0x198, 0x1000, 0xffff, 0xffff_0000, 0xffff_ffff, 1_000_000, 0xcccc_cccd];
        common.into_iter().for_each(|value| assert_eq!(telling(value), None, "{value:#x}"));
        let negative = [-1i64, -8, -255, -4096, i64::MIN, i64::MAX];
        negative.into_iter().for_each(|value| assert_eq!(telling(value as u64), None, "{value:#x}"));
        assert_eq!(telling(1.0f64.to_bits()), None);
    }
}
