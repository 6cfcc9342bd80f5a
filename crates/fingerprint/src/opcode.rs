//! The instructions of A64 with names of our own.
//!
//! Stored hashes are made of these names, and of nothing of the decoder's: what it calls an
//! instruction may change, and what is stored stays what it was. **Never change a name**; an
//! instruction that the decoder has anew is [`UNKNOWN`] until it gets a name together with
//! a higher version of the fingerprint.

use cognate_binary::decode::a64::Opcode;

/// The name of an instruction that has none of its own.
pub(crate) const UNKNOWN: &str = "unknown";

/// Makes [`name`] from a table: those named as the decoder's list has them, in small letters;
/// those with something in them; and those with an order of memory in two bits, by that.
macro_rules! table {
    (
        plain { $($plain:ident)* }
        holding { $($holding:ident $held:literal)* }
        ordered { $($ordered:ident $names:expr,)* }
    ) => {
        /// Our name for an instruction; [`UNKNOWN`] where it has none. In capitals where the table has it so.
        #[allow(deprecated, unreachable_patterns)]
        pub(crate) fn name(opcode: Opcode) -> &'static str {
            match opcode {
                $(Opcode::$plain => stringify!($plain),)*
                $(Opcode::$holding(_) => $held,)*
                $(Opcode::$ordered(order) => {
                    const NAMES: [&str; 4] = $names;
                    NAMES.get(usize::from(order.min(3))).copied().unwrap_or(UNKNOWN)
                })*
                _ => UNKNOWN,
            }
        }

        /// All names of the table, in its order.
        #[cfg(test)]
        fn names() -> Vec<&'static str> {
            let plain = [$(stringify!($plain)),*].into_iter().chain([$($held),*]);
            plain.chain([$($names),*].into_iter().flatten()).collect()
        }
    };
}

#[rustfmt::skip]
table! {
    plain {
        Invalid UDF MOVN MOVK MOVZ ADC ADCS SBC SBCS AND ORR ORN EOR EON BIC BICS ANDS ADDS ADD SUBS SUB BFM
        UBFM SBFM ADR ADRP EXTR LDAR LDLAR LDARB LDLARB LDAXRB LDARH LDLARH LDAXP LDAXR LDAXRH LDP LDPSW LDR
        LDRB LDRSB LDRSW LDRSH LDRH LDTR LDTRB LDTRH LDTRSB LDTRSH LDTRSW LDUR LDURB LDURSB LDURSW LDURSH
        LDURH LDXP LDXR LDXRB LDXRH STLR STLLR STLRB STLLRB STLRH STLLRH STLXP STLXR STLXRB STLXRH STP STR
        STTR STTRB STTRH STRB STRH STRW STUR STURB STURH STXP STXR STXRB STXRH TBZ TBNZ CBZ CBNZ B BR BL BLR
        SVC HVC SMC BRK HLT DCPS1 DCPS2 DCPS3 RET ERET DRPS MSR MRS ISB SB SSSB HINT CLREX CSEL CSNEG CSINC
        CSINV CCMN CCMP RBIT REV16 REV REV32 CLZ CLS MADD MSUB SMADDL SMSUBL SMULH UMADDL UMSUBL UMULH UDIV
        SDIV LSLV LSRV ASRV RORV CRC32B CRC32H CRC32W CRC32X CRC32CB CRC32CH CRC32CW CRC32CX STNP LDNP ST1 ST2
        ST3 ST4 LD1 LD2 LD3 LD4 LD1R LD2R LD3R LD4R FMADD FMSUB FNMADD FNMSUB SCVTF UCVTF FCVTZS FCVTZU FMOV
        FABS FNEG FSQRT FRINTN FRINTP FRINTM FRINTZ FRINTA FRINTX FRINTI FRINT32Z FRINT32X FRINT64Z FRINT64X
        BFCVT FCVT FCMP FCMPE FMUL FDIV FADD FSUB FMAX FMIN FMAXNM FMINNM FNMUL FCSEL FCCMP FCCMPE FMULX FMLSL
        FMLAL SQRDMLSH UDOT SQRDMLAH UMULL UMULL2 UMLSL UMLSL2 MLS UMLAL UMLAL2 MLA SDOT SQDMULH SQDMULL
        SQDMULL2 SMULL SMULL2 MUL SQDMLSL SQDMLSL2 SMLSL SMLSL2 SQDMLAL SQDMLAL2 SMLAL SMLAL2 SQRDMULH FCMLA
        SSHR SSRA SRSHR SRSRA SHL SQSHL SHRN RSHRN SQSHRN SQRSHRN SSHLL USHR USRA URSHR URSRA SRI SLI SQSHLU
        UQSHL SQSHRUN SQRSHRUN UQSHRN UQRSHRN USHLL MOVI MVNI SHADD SQADD SRHADD SHSUB SQSUB CMGT CMGE SSHL
        SRSHL SQRSHL SMAX SMIN SABD SABA CMTST SMAXP SMINP ADDP UHADD UQADD URHADD UHSUB UQSUB CMHI CMHS USHL
        URSHL UQRSHL UMAX UMIN UABD UABA CMEQ PMUL UMAXP UMINP FMLA FCMEQ FRECPS BSL BIT BIF FMAXNMP FMINMNP
        FADDP FCMGE FACGE FMAXP SADDL SADDL2 SADDW SADDW2 SSUBL SSUBL2 SSUBW SSUBW2 ADDHN ADDHN2 SABAL SABAL2
        SUBHN SUBHN2 SABDL SABDL2 PMULL PMULL2 UADDL UADDL2 UADDW UADDW2 USUBL USUBL2 USUBW USUBW2 RADDHN
        RADDHN2 RSUBHN RSUBHN2 UABAL UABAL2 UABDL UABDL2 REV64 SADDLP SUQADD CNT SADALP SQABS CMLT ABS XTN
        XTN2 SQXTN SQXTN2 FCVTN FCVTN2 FCMGT FCVTL FCVTL2 FCVTNS FCVTPS FCVTMS FCVTAS URECPE FRECPE UADDLP
        USQADD UADALP SQNEG CMLE NEG SQXTUN SQXTUN2 SHLL SHLL2 UQXTN UQXTN2 FCVTXN FCVTXN2 FCVTNU FCVTMU
        FCVTAU INS EXT DUP UZP1 TRN1 ZIP1 UZP2 TRN2 ZIP2 SMOV UMOV SQSHRN2 SQRSHRN2 SQSHRUN2 UQSHRN2 UQRSHRN2
        FMLS FRECPX FRSQRTE FCVTPU FCMLT FCMLE FMAXNMV FMINNMV FMAXV FMINV UADDLV SADDLV UMAXV SMAXV UMINV
        SMINV ADDV FRSQRTS FMINNMP FMLAL2 FMLSL2 FABD FACGT FMINP FJCVTZS URSQRTE PRFM PRFUM AESE AESD AESMC
        AESIMC SHA1H SHA1SU1 SHA256SU0 SM3TT1A SM3TT1B SM3TT2A SM3TT2B SHA512H SHA512H2 SHA512SU1 RAX1
        SM3PARTW1 SM3PARTW2 SM4EKEY BCAX SM3SS1 SHA512SU0 SM4E EOR3 XAR LDRAA LDRAB LDAPR LDAPRH LDAPRB TBL
        TBX FCADD LDGM LDG STGM STZGM STG STZG ST2G STZ2G LDAPUR LDAPURB LDAPURH LDAPURSB LDAPURSH LDAPURSW
        STLUR STLURB STLURH SETF8 SETF16 RMIF NOT RSHRN2 SQRSHRUN2 USHLL2 SSHLL2 SHA1C SHA1P SHA1M SHA1SU0
        SHA256H SHA256H2 SHA256SU1 SHRN2 BLRAA BLRAAZ BLRAB BLRABZ BRAA BRAAZ BRAB BRABZ RETAA RETAB ERETAA
        ERETAB PACIA PACIB PACDA PACDB AUTIA AUTIB AUTDA AUTDB PACIZA PACIZB PACDZA PACDZB AUTIZA AUTIZB
        AUTDZA AUTDZB XPACI XPACD PACGA GMI IRG SUBP SUBPS PSSBB SSBB PACIASP PACIAZ PACIA1716 PACIA171615
        PACIASPPC PACNBIASPPC PACIBSP PACIBZ PACIB1716 PACIB171615 PACIBSPPC PACNBIBSPPC AUTIASP AUTIAZ
        AUTIA1716 AUTIA171615 AUTIASPPC AUTIASPPCR AUTIBSP AUTIBZ AUTIB1716 AUTIB171615 AUTIBSPPC AUTIBSPPCR
        XPACLRI PACM RETAASPPC RETABSPPC RETAASPPCR RETABSPPCR
    }
    holding {
        Bcc "bcc" BCcc "bc" DSB "dsb" DMB "dmb" SYS "sys" SYSL "sysl"
    }
    ordered {
        SWP ["swp", "swpl", "swpa", "swpal"],
        SWPB ["swpb", "swplb", "swpab", "swpalb"],
        SWPH ["swph", "swplh", "swpah", "swpalh"],
        LDADDB ["ldaddb", "ldaddlb", "ldaddab", "ldaddalb"],
        LDCLRB ["ldclrb", "ldclrlb", "ldclrab", "ldclralb"],
        LDEORB ["ldeorb", "ldeorlb", "ldeorab", "ldeoralb"],
        LDSETB ["ldsetb", "ldsetlb", "ldsetab", "ldsetalb"],
        LDSMAXB ["ldsmaxb", "ldsmaxlb", "ldsmaxab", "ldsmaxalb"],
        LDSMINB ["ldsminb", "ldsminlb", "ldsminab", "ldsminalb"],
        LDUMAXB ["ldumaxb", "ldumaxlb", "ldumaxab", "ldumaxalb"],
        LDUMINB ["lduminb", "lduminlb", "lduminab", "lduminalb"],
        LDADDH ["ldaddh", "ldaddlh", "ldaddah", "ldaddalh"],
        LDCLRH ["ldclrh", "ldclrlh", "ldclrah", "ldclralh"],
        LDEORH ["ldeorh", "ldeorlh", "ldeorah", "ldeoralh"],
        LDSETH ["ldseth", "ldsetlh", "ldsetah", "ldsetalh"],
        LDSMAXH ["ldsmaxh", "ldsmaxlh", "ldsmaxah", "ldsmaxalh"],
        LDSMINH ["ldsminh", "ldsminlh", "ldsminah", "ldsminalh"],
        LDUMAXH ["ldumaxh", "ldumaxlh", "ldumaxah", "ldumaxalh"],
        LDUMINH ["lduminh", "lduminlh", "lduminah", "lduminalh"],
        LDADD ["ldadd", "ldaddl", "ldadda", "ldaddal"],
        LDCLR ["ldclr", "ldclrl", "ldclra", "ldclral"],
        LDEOR ["ldeor", "ldeorl", "ldeora", "ldeoral"],
        LDSET ["ldset", "ldsetl", "ldseta", "ldsetal"],
        LDSMAX ["ldsmax", "ldsmaxl", "ldsmaxa", "ldsmaxal"],
        LDSMIN ["ldsmin", "ldsminl", "ldsmina", "ldsminal"],
        LDUMAX ["ldumax", "ldumaxl", "ldumaxa", "ldumaxal"],
        LDUMIN ["ldumin", "lduminl", "ldumina", "lduminal"],
        CAS ["cas", "casl", "casa", "casal"],
        CASH ["cash", "caslh", "casah", "casalh"],
        CASB ["casb", "caslb", "casab", "casalb"],
        CASP ["casp", "caspl", "caspa", "caspal"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cognate_base::hash_bytes;
    use cognate_binary::decode::a64::instruction;

    /// Of this version of the fingerprint; another sum needs a higher one.
    const SUM: u64 = 8847992816005052511;

    #[test]
    fn every_name_is_there_once_and_none_changes_within_a_version() {
        let mut names: Vec<String> = names().iter().map(|name| name.to_ascii_lowercase()).collect();
        let sum = names.iter().fold(u64::from(crate::VERSION), |sum, name| hash_bytes(sum, name.as_bytes()));
        assert_eq!(sum, SUM, "names of instructions changed: raise cognate_fingerprint::VERSION");
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count, "a name twice");
        assert!(!names.iter().any(|name| name == UNKNOWN));
    }

    #[test]
    fn words_of_every_kind_are_named_as_this_version_of_the_decoder_names_them() {
        let (mut known, mut word) = (0, 0u32);
        for _ in 0..400_000 {
            word = word.wrapping_add(0x9e37_79b1);
            let Some(instruction) = instruction(word) else { continue };
            // a branch that the decoder names as the one without condition; it is a class of its own
            if matches!(instruction.opcode, Opcode::Bcc(_)) {
                continue;
            }
            let theirs = instruction.opcode.to_string();
            let theirs = theirs.split(['.', ' ']).next().unwrap_or_default();
            assert_eq!(name(instruction.opcode).to_ascii_lowercase(), theirs, "{word:#x}");
            known += 1;
        }
        assert!(known > 100_000, "{known}");
    }
}
