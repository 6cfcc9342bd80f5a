//! The mnemonics of x86 with numbers of our own.
//!
//! Stored hashes are made of these numbers and names, and of nothing of the decoder's: its
//! list may be put into another order, or grow, and what is stored stays what it was.
//! **Never change a number, and give none twice**; a mnemonic that the decoder has anew
//! gets the next number together with a higher version of the fingerprint. Until then it
//! has [`UNKNOWN`].

use iced_x86::Mnemonic;

/// The number of a mnemonic that has none of its own.
pub const UNKNOWN: u16 = u16::MAX;
/// The name of a mnemonic that has none of its own.
pub const UNKNOWN_NAME: &str = "unknown";

/// Makes [`number`], [`name`] and the list of both from one table.
macro_rules! table {
    ($($number:literal $mnemonic:ident,)*) => {
        /// Our number for a mnemonic; [`UNKNOWN`] where it has none.
        pub const fn number(mnemonic: Mnemonic) -> u16 {
            match mnemonic {
                $(Mnemonic::$mnemonic => $number,)*
                _ => UNKNOWN,
            }
        }

        /// Our name for a mnemonic, its first letter large; [`UNKNOWN_NAME`] where it has none.
        pub const fn name(mnemonic: Mnemonic) -> &'static str {
            match mnemonic {
                $(Mnemonic::$mnemonic => stringify!($mnemonic),)*
                _ => UNKNOWN_NAME,
            }
        }

        /// All rows of the table, ascending by number.
        pub const ROWS: &[(u16, &str)] = &[$(($number, stringify!($mnemonic)),)*];
    };
}

#[rustfmt::skip]
table! {
    0 INVALID, 1 Aaa, 2 Aad, 3 Aam, 4 Aas, 5 Adc, 6 Adcx, 7 Add, 8 Addpd, 9 Addps, 10 Addsd, 11 Addss,
    12 Addsubpd, 13 Addsubps, 14 Adox, 15 Aesdec, 16 Aesdeclast, 17 Aesenc, 18 Aesenclast, 19 Aesimc,
    20 Aeskeygenassist, 21 And, 22 Andn, 23 Andnpd, 24 Andnps, 25 Andpd, 26 Andps, 27 Arpl, 28 Bextr,
    29 Blcfill, 30 Blci, 31 Blcic, 32 Blcmsk, 33 Blcs, 34 Blendpd, 35 Blendps, 36 Blendvpd, 37 Blendvps,
    38 Blsfill, 39 Blsi, 40 Blsic, 41 Blsmsk, 42 Blsr, 43 Bndcl, 44 Bndcn, 45 Bndcu, 46 Bndldx, 47 Bndmk,
    48 Bndmov, 49 Bndstx, 50 Bound, 51 Bsf, 52 Bsr, 53 Bswap, 54 Bt, 55 Btc, 56 Btr, 57 Bts, 58 Bzhi, 59 Call,
    60 Cbw, 61 Cdq, 62 Cdqe, 63 Cl1invmb, 64 Clac, 65 Clc, 66 Cld, 67 Cldemote, 68 Clflush, 69 Clflushopt,
    70 Clgi, 71 Cli, 72 Clrssbsy, 73 Clts, 74 Clwb, 75 Clzero, 76 Cmc, 77 Cmova, 78 Cmovae, 79 Cmovb,
    80 Cmovbe, 81 Cmove, 82 Cmovg, 83 Cmovge, 84 Cmovl, 85 Cmovle, 86 Cmovne, 87 Cmovno, 88 Cmovnp, 89 Cmovns,
    90 Cmovo, 91 Cmovp, 92 Cmovs, 93 Cmp, 94 Cmppd, 95 Cmpps, 96 Cmpsb, 97 Cmpsd, 98 Cmpsq, 99 Cmpss,
    100 Cmpsw, 101 Cmpxchg, 102 Cmpxchg16b, 103 Cmpxchg8b, 104 Comisd, 105 Comiss, 106 Cpuid, 107 Cqo,
    108 Crc32, 109 Cvtdq2pd, 110 Cvtdq2ps, 111 Cvtpd2dq, 112 Cvtpd2pi, 113 Cvtpd2ps, 114 Cvtpi2pd,
    115 Cvtpi2ps, 116 Cvtps2dq, 117 Cvtps2pd, 118 Cvtps2pi, 119 Cvtsd2si, 120 Cvtsd2ss, 121 Cvtsi2sd,
    122 Cvtsi2ss, 123 Cvtss2sd, 124 Cvtss2si, 125 Cvttpd2dq, 126 Cvttpd2pi, 127 Cvttps2dq, 128 Cvttps2pi,
    129 Cvttsd2si, 130 Cvttss2si, 131 Cwd, 132 Cwde, 133 Daa, 134 Das, 135 Db, 136 Dd, 137 Dec, 138 Div,
    139 Divpd, 140 Divps, 141 Divsd, 142 Divss, 143 Dppd, 144 Dpps, 145 Dq, 146 Dw, 147 Emms, 148 Encls,
    149 Enclu, 150 Enclv, 151 Endbr32, 152 Endbr64, 153 Enqcmd, 154 Enqcmds, 155 Enter, 156 Extractps,
    157 Extrq, 158 F2xm1, 159 Fabs, 160 Fadd, 161 Faddp, 162 Fbld, 163 Fbstp, 164 Fchs, 165 Fclex, 166 Fcmovb,
    167 Fcmovbe, 168 Fcmove, 169 Fcmovnb, 170 Fcmovnbe, 171 Fcmovne, 172 Fcmovnu, 173 Fcmovu, 174 Fcom,
    175 Fcomi, 176 Fcomip, 177 Fcomp, 178 Fcompp, 179 Fcos, 180 Fdecstp, 181 Fdisi, 182 Fdiv, 183 Fdivp,
    184 Fdivr, 185 Fdivrp, 186 Femms, 187 Feni, 188 Ffree, 189 Ffreep, 190 Fiadd, 191 Ficom, 192 Ficomp,
    193 Fidiv, 194 Fidivr, 195 Fild, 196 Fimul, 197 Fincstp, 198 Finit, 199 Fist, 200 Fistp, 201 Fisttp,
    202 Fisub, 203 Fisubr, 204 Fld, 205 Fld1, 206 Fldcw, 207 Fldenv, 208 Fldl2e, 209 Fldl2t, 210 Fldlg2,
    211 Fldln2, 212 Fldpi, 213 Fldz, 214 Fmul, 215 Fmulp, 216 Fnclex, 217 Fndisi, 218 Fneni, 219 Fninit,
    220 Fnop, 221 Fnsave, 222 Fnsetpm, 223 Fnstcw, 224 Fnstenv, 225 Fnstsw, 226 Fpatan, 227 Fprem, 228 Fprem1,
    229 Fptan, 230 Frndint, 231 Frstor, 232 Frstpm, 233 Fsave, 234 Fscale, 235 Fsetpm, 236 Fsin, 237 Fsincos,
    238 Fsqrt, 239 Fst, 240 Fstcw, 241 Fstdw, 242 Fstenv, 243 Fstp, 244 Fstpnce, 245 Fstsg, 246 Fstsw,
    247 Fsub, 248 Fsubp, 249 Fsubr, 250 Fsubrp, 251 Ftst, 252 Fucom, 253 Fucomi, 254 Fucomip, 255 Fucomp,
    256 Fucompp, 257 Fxam, 258 Fxch, 259 Fxrstor, 260 Fxrstor64, 261 Fxsave, 262 Fxsave64, 263 Fxtract,
    264 Fyl2x, 265 Fyl2xp1, 266 Getsec, 267 Gf2p8affineinvqb, 268 Gf2p8affineqb, 269 Gf2p8mulb, 270 Haddpd,
    271 Haddps, 272 Hlt, 273 Hsubpd, 274 Hsubps, 275 Ibts, 276 Idiv, 277 Imul, 278 In, 279 Inc, 280 Incsspd,
    281 Incsspq, 282 Insb, 283 Insd, 284 Insertps, 285 Insertq, 286 Insw, 287 Int, 288 Int1, 289 Into,
    290 Invd, 291 Invept, 292 Invlpg, 293 Invlpga, 294 Invpcid, 295 Invvpid, 296 Iret, 297 Ja, 298 Jae,
    299 Jb, 300 Jbe, 301 Jcxz, 302 Je, 303 Jecxz, 304 Jg, 305 Jge, 306 Jl, 307 Jle, 308 Jmp, 309 Jmpe,
    310 Jne, 311 Jno, 312 Jnp, 313 Jns, 314 Jo, 315 Jp, 316 Jrcxz, 317 Js, 318 Kaddb, 319 Kaddd, 320 Kaddq,
    321 Kaddw, 322 Kandb, 323 Kandd, 324 Kandnb, 325 Kandnd, 326 Kandnq, 327 Kandnw, 328 Kandq, 329 Kandw,
    330 Kmovb, 331 Kmovd, 332 Kmovq, 333 Kmovw, 334 Knotb, 335 Knotd, 336 Knotq, 337 Knotw, 338 Korb,
    339 Kord, 340 Korq, 341 Kortestb, 342 Kortestd, 343 Kortestq, 344 Kortestw, 345 Korw, 346 Kshiftlb,
    347 Kshiftld, 348 Kshiftlq, 349 Kshiftlw, 350 Kshiftrb, 351 Kshiftrd, 352 Kshiftrq, 353 Kshiftrw,
    354 Ktestb, 355 Ktestd, 356 Ktestq, 357 Ktestw, 358 Kunpckbw, 359 Kunpckdq, 360 Kunpckwd, 361 Kxnorb,
    362 Kxnord, 363 Kxnorq, 364 Kxnorw, 365 Kxorb, 366 Kxord, 367 Kxorq, 368 Kxorw, 369 Lahf, 370 Lar,
    371 Lddqu, 372 Ldmxcsr, 373 Lds, 374 Lea, 375 Leave, 376 Les, 377 Lfence, 378 Lfs, 379 Lgdt, 380 Lgs,
    381 Lidt, 382 Lldt, 383 Llwpcb, 384 Lmsw, 385 Loadall, 386 Lodsb, 387 Lodsd, 388 Lodsq, 389 Lodsw,
    390 Loop, 391 Loope, 392 Loopne, 393 Lsl, 394 Lss, 395 Ltr, 396 Lwpins, 397 Lwpval, 398 Lzcnt,
    399 Maskmovdqu, 400 Maskmovq, 401 Maxpd, 402 Maxps, 403 Maxsd, 404 Maxss, 405 Mcommit, 406 Mfence,
    407 Minpd, 408 Minps, 409 Minsd, 410 Minss, 411 Monitor, 412 Monitorx, 413 Montmul, 414 Mov, 415 Movapd,
    416 Movaps, 417 Movbe, 418 Movd, 419 Movddup, 420 Movdir64b, 421 Movdiri, 422 Movdq2q, 423 Movdqa,
    424 Movdqu, 425 Movhlps, 426 Movhpd, 427 Movhps, 428 Movlhps, 429 Movlpd, 430 Movlps, 431 Movmskpd,
    432 Movmskps, 433 Movntdq, 434 Movntdqa, 435 Movnti, 436 Movntpd, 437 Movntps, 438 Movntq, 439 Movntsd,
    440 Movntss, 441 Movq, 442 Movq2dq, 443 Movsb, 444 Movsd, 445 Movshdup, 446 Movsldup, 447 Movsq,
    448 Movss, 449 Movsw, 450 Movsx, 451 Movsxd, 452 Movupd, 453 Movups, 454 Movzx, 455 Mpsadbw, 456 Mul,
    457 Mulpd, 458 Mulps, 459 Mulsd, 460 Mulss, 461 Mulx, 462 Mwait, 463 Mwaitx, 464 Neg, 465 Nop, 466 Not,
    467 Or, 468 Orpd, 469 Orps, 470 Out, 471 Outsb, 472 Outsd, 473 Outsw, 474 Pabsb, 475 Pabsd, 476 Pabsw,
    477 Packssdw, 478 Packsswb, 479 Packusdw, 480 Packuswb, 481 Paddb, 482 Paddd, 483 Paddq, 484 Paddsb,
    485 Paddsw, 486 Paddusb, 487 Paddusw, 488 Paddw, 489 Palignr, 490 Pand, 491 Pandn, 492 Pause, 493 Pavgb,
    494 Pavgusb, 495 Pavgw, 496 Pblendvb, 497 Pblendw, 498 Pclmulqdq, 499 Pcmpeqb, 500 Pcmpeqd, 501 Pcmpeqq,
    502 Pcmpeqw, 503 Pcmpestri, 504 Pcmpestri64, 505 Pcmpestrm, 506 Pcmpestrm64, 507 Pcmpgtb, 508 Pcmpgtd,
    509 Pcmpgtq, 510 Pcmpgtw, 511 Pcmpistri, 512 Pcmpistrm, 513 Pcommit, 514 Pconfig, 515 Pdep, 516 Pext,
    517 Pextrb, 518 Pextrd, 519 Pextrq, 520 Pextrw, 521 Pf2id, 522 Pf2iw, 523 Pfacc, 524 Pfadd, 525 Pfcmpeq,
    526 Pfcmpge, 527 Pfcmpgt, 528 Pfmax, 529 Pfmin, 530 Pfmul, 531 Pfnacc, 532 Pfpnacc, 533 Pfrcp,
    534 Pfrcpit1, 535 Pfrcpit2, 536 Pfrcpv, 537 Pfrsqit1, 538 Pfrsqrt, 539 Pfrsqrtv, 540 Pfsub, 541 Pfsubr,
    542 Phaddd, 543 Phaddsw, 544 Phaddw, 545 Phminposuw, 546 Phsubd, 547 Phsubsw, 548 Phsubw, 549 Pi2fd,
    550 Pi2fw, 551 Pinsrb, 552 Pinsrd, 553 Pinsrq, 554 Pinsrw, 555 Pmaddubsw, 556 Pmaddwd, 557 Pmaxsb,
    558 Pmaxsd, 559 Pmaxsw, 560 Pmaxub, 561 Pmaxud, 562 Pmaxuw, 563 Pminsb, 564 Pminsd, 565 Pminsw,
    566 Pminub, 567 Pminud, 568 Pminuw, 569 Pmovmskb, 570 Pmovsxbd, 571 Pmovsxbq, 572 Pmovsxbw, 573 Pmovsxdq,
    574 Pmovsxwd, 575 Pmovsxwq, 576 Pmovzxbd, 577 Pmovzxbq, 578 Pmovzxbw, 579 Pmovzxdq, 580 Pmovzxwd,
    581 Pmovzxwq, 582 Pmuldq, 583 Pmulhrsw, 584 Pmulhrw, 585 Pmulhuw, 586 Pmulhw, 587 Pmulld, 588 Pmullw,
    589 Pmuludq, 590 Pop, 591 Popa, 592 Popcnt, 593 Popf, 594 Por, 595 Prefetch, 596 Prefetchnta,
    597 Prefetcht0, 598 Prefetcht1, 599 Prefetcht2, 600 Prefetchw, 601 Prefetchwt1, 602 Psadbw, 603 Pshufb,
    604 Pshufd, 605 Pshufhw, 606 Pshuflw, 607 Pshufw, 608 Psignb, 609 Psignd, 610 Psignw, 611 Pslld,
    612 Pslldq, 613 Psllq, 614 Psllw, 615 Psrad, 616 Psraw, 617 Psrld, 618 Psrldq, 619 Psrlq, 620 Psrlw,
    621 Psubb, 622 Psubd, 623 Psubq, 624 Psubsb, 625 Psubsw, 626 Psubusb, 627 Psubusw, 628 Psubw, 629 Pswapd,
    630 Ptest, 631 Ptwrite, 632 Punpckhbw, 633 Punpckhdq, 634 Punpckhqdq, 635 Punpckhwd, 636 Punpcklbw,
    637 Punpckldq, 638 Punpcklqdq, 639 Punpcklwd, 640 Push, 641 Pusha, 642 Pushf, 643 Pxor, 644 Rcl,
    645 Rcpps, 646 Rcpss, 647 Rcr, 648 Rdfsbase, 649 Rdgsbase, 650 Rdmsr, 651 Rdpid, 652 Rdpkru, 653 Rdpmc,
    654 Rdpru, 655 Rdrand, 656 Rdseed, 657 Rdsspd, 658 Rdsspq, 659 Rdtsc, 660 Rdtscp, 661 Reservednop,
    662 Ret, 663 Retf, 664 Rol, 665 Ror, 666 Rorx, 667 Roundpd, 668 Roundps, 669 Roundsd, 670 Roundss,
    671 Rsm, 672 Rsqrtps, 673 Rsqrtss, 674 Rstorssp, 675 Sahf, 676 Sal, 677 Salc, 678 Sar, 679 Sarx,
    680 Saveprevssp, 681 Sbb, 682 Scasb, 683 Scasd, 684 Scasq, 685 Scasw, 686 Seta, 687 Setae, 688 Setb,
    689 Setbe, 690 Sete, 691 Setg, 692 Setge, 693 Setl, 694 Setle, 695 Setne, 696 Setno, 697 Setnp, 698 Setns,
    699 Seto, 700 Setp, 701 Sets, 702 Setssbsy, 703 Sfence, 704 Sgdt, 705 Sha1msg1, 706 Sha1msg2,
    707 Sha1nexte, 708 Sha1rnds4, 709 Sha256msg1, 710 Sha256msg2, 711 Sha256rnds2, 712 Shl, 713 Shld,
    714 Shlx, 715 Shr, 716 Shrd, 717 Shrx, 718 Shufpd, 719 Shufps, 720 Sidt, 721 Skinit, 722 Sldt, 723 Slwpcb,
    724 Smsw, 725 Sqrtpd, 726 Sqrtps, 727 Sqrtsd, 728 Sqrtss, 729 Stac, 730 Stc, 731 Std, 732 Stgi, 733 Sti,
    734 Stmxcsr, 735 Stosb, 736 Stosd, 737 Stosq, 738 Stosw, 739 Str, 740 Sub, 741 Subpd, 742 Subps,
    743 Subsd, 744 Subss, 745 Swapgs, 746 Syscall, 747 Sysenter, 748 Sysexit, 749 Sysret, 750 T1mskc,
    751 Test, 752 Tpause, 753 Tzcnt, 754 Tzmsk, 755 Ucomisd, 756 Ucomiss, 757 Ud0, 758 Ud1, 759 Ud2,
    760 Umonitor, 761 Umov, 762 Umwait, 763 Unpckhpd, 764 Unpckhps, 765 Unpcklpd, 766 Unpcklps, 767 V4fmaddps,
    768 V4fmaddss, 769 V4fnmaddps, 770 V4fnmaddss, 771 Vaddpd, 772 Vaddps, 773 Vaddsd, 774 Vaddss,
    775 Vaddsubpd, 776 Vaddsubps, 777 Vaesdec, 778 Vaesdeclast, 779 Vaesenc, 780 Vaesenclast, 781 Vaesimc,
    782 Vaeskeygenassist, 783 Valignd, 784 Valignq, 785 Vandnpd, 786 Vandnps, 787 Vandpd, 788 Vandps,
    789 Vblendmpd, 790 Vblendmps, 791 Vblendpd, 792 Vblendps, 793 Vblendvpd, 794 Vblendvps,
    795 Vbroadcastf128, 796 Vbroadcastf32x2, 797 Vbroadcastf32x4, 798 Vbroadcastf32x8, 799 Vbroadcastf64x2,
    800 Vbroadcastf64x4, 801 Vbroadcasti128, 802 Vbroadcasti32x2, 803 Vbroadcasti32x4, 804 Vbroadcasti32x8,
    805 Vbroadcasti64x2, 806 Vbroadcasti64x4, 807 Vbroadcastsd, 808 Vbroadcastss, 809 Vcmppd, 810 Vcmpps,
    811 Vcmpsd, 812 Vcmpss, 813 Vcomisd, 814 Vcomiss, 815 Vcompresspd, 816 Vcompressps, 817 Vcvtdq2pd,
    818 Vcvtdq2ps, 819 Vcvtne2ps2bf16, 820 Vcvtneps2bf16, 821 Vcvtpd2dq, 822 Vcvtpd2ps, 823 Vcvtpd2qq,
    824 Vcvtpd2udq, 825 Vcvtpd2uqq, 826 Vcvtph2ps, 827 Vcvtps2dq, 828 Vcvtps2pd, 829 Vcvtps2ph, 830 Vcvtps2qq,
    831 Vcvtps2udq, 832 Vcvtps2uqq, 833 Vcvtqq2pd, 834 Vcvtqq2ps, 835 Vcvtsd2si, 836 Vcvtsd2ss,
    837 Vcvtsd2usi, 838 Vcvtsi2sd, 839 Vcvtsi2ss, 840 Vcvtss2sd, 841 Vcvtss2si, 842 Vcvtss2usi,
    843 Vcvttpd2dq, 844 Vcvttpd2qq, 845 Vcvttpd2udq, 846 Vcvttpd2uqq, 847 Vcvttps2dq, 848 Vcvttps2qq,
    849 Vcvttps2udq, 850 Vcvttps2uqq, 851 Vcvttsd2si, 852 Vcvttsd2usi, 853 Vcvttss2si, 854 Vcvttss2usi,
    855 Vcvtudq2pd, 856 Vcvtudq2ps, 857 Vcvtuqq2pd, 858 Vcvtuqq2ps, 859 Vcvtusi2sd, 860 Vcvtusi2ss,
    861 Vdbpsadbw, 862 Vdivpd, 863 Vdivps, 864 Vdivsd, 865 Vdivss, 866 Vdpbf16ps, 867 Vdppd, 868 Vdpps,
    869 Verr, 870 Verw, 871 Vexp2pd, 872 Vexp2ps, 873 Vexpandpd, 874 Vexpandps, 875 Vextractf128,
    876 Vextractf32x4, 877 Vextractf32x8, 878 Vextractf64x2, 879 Vextractf64x4, 880 Vextracti128,
    881 Vextracti32x4, 882 Vextracti32x8, 883 Vextracti64x2, 884 Vextracti64x4, 885 Vextractps,
    886 Vfixupimmpd, 887 Vfixupimmps, 888 Vfixupimmsd, 889 Vfixupimmss, 890 Vfmadd132pd, 891 Vfmadd132ps,
    892 Vfmadd132sd, 893 Vfmadd132ss, 894 Vfmadd213pd, 895 Vfmadd213ps, 896 Vfmadd213sd, 897 Vfmadd213ss,
    898 Vfmadd231pd, 899 Vfmadd231ps, 900 Vfmadd231sd, 901 Vfmadd231ss, 902 Vfmaddpd, 903 Vfmaddps,
    904 Vfmaddsd, 905 Vfmaddss, 906 Vfmaddsub132pd, 907 Vfmaddsub132ps, 908 Vfmaddsub213pd,
    909 Vfmaddsub213ps, 910 Vfmaddsub231pd, 911 Vfmaddsub231ps, 912 Vfmaddsubpd, 913 Vfmaddsubps,
    914 Vfmsub132pd, 915 Vfmsub132ps, 916 Vfmsub132sd, 917 Vfmsub132ss, 918 Vfmsub213pd, 919 Vfmsub213ps,
    920 Vfmsub213sd, 921 Vfmsub213ss, 922 Vfmsub231pd, 923 Vfmsub231ps, 924 Vfmsub231sd, 925 Vfmsub231ss,
    926 Vfmsubadd132pd, 927 Vfmsubadd132ps, 928 Vfmsubadd213pd, 929 Vfmsubadd213ps, 930 Vfmsubadd231pd,
    931 Vfmsubadd231ps, 932 Vfmsubaddpd, 933 Vfmsubaddps, 934 Vfmsubpd, 935 Vfmsubps, 936 Vfmsubsd,
    937 Vfmsubss, 938 Vfnmadd132pd, 939 Vfnmadd132ps, 940 Vfnmadd132sd, 941 Vfnmadd132ss, 942 Vfnmadd213pd,
    943 Vfnmadd213ps, 944 Vfnmadd213sd, 945 Vfnmadd213ss, 946 Vfnmadd231pd, 947 Vfnmadd231ps,
    948 Vfnmadd231sd, 949 Vfnmadd231ss, 950 Vfnmaddpd, 951 Vfnmaddps, 952 Vfnmaddsd, 953 Vfnmaddss,
    954 Vfnmsub132pd, 955 Vfnmsub132ps, 956 Vfnmsub132sd, 957 Vfnmsub132ss, 958 Vfnmsub213pd,
    959 Vfnmsub213ps, 960 Vfnmsub213sd, 961 Vfnmsub213ss, 962 Vfnmsub231pd, 963 Vfnmsub231ps,
    964 Vfnmsub231sd, 965 Vfnmsub231ss, 966 Vfnmsubpd, 967 Vfnmsubps, 968 Vfnmsubsd, 969 Vfnmsubss,
    970 Vfpclasspd, 971 Vfpclassps, 972 Vfpclasssd, 973 Vfpclassss, 974 Vfrczpd, 975 Vfrczps, 976 Vfrczsd,
    977 Vfrczss, 978 Vgatherdpd, 979 Vgatherdps, 980 Vgatherpf0dpd, 981 Vgatherpf0dps, 982 Vgatherpf0qpd,
    983 Vgatherpf0qps, 984 Vgatherpf1dpd, 985 Vgatherpf1dps, 986 Vgatherpf1qpd, 987 Vgatherpf1qps,
    988 Vgatherqpd, 989 Vgatherqps, 990 Vgetexppd, 991 Vgetexpps, 992 Vgetexpsd, 993 Vgetexpss,
    994 Vgetmantpd, 995 Vgetmantps, 996 Vgetmantsd, 997 Vgetmantss, 998 Vgf2p8affineinvqb, 999 Vgf2p8affineqb,
    1000 Vgf2p8mulb, 1001 Vhaddpd, 1002 Vhaddps, 1003 Vhsubpd, 1004 Vhsubps, 1005 Vinsertf128,
    1006 Vinsertf32x4, 1007 Vinsertf32x8, 1008 Vinsertf64x2, 1009 Vinsertf64x4, 1010 Vinserti128,
    1011 Vinserti32x4, 1012 Vinserti32x8, 1013 Vinserti64x2, 1014 Vinserti64x4, 1015 Vinsertps, 1016 Vlddqu,
    1017 Vldmxcsr, 1018 Vmaskmovdqu, 1019 Vmaskmovpd, 1020 Vmaskmovps, 1021 Vmaxpd, 1022 Vmaxps, 1023 Vmaxsd,
    1024 Vmaxss, 1025 Vmcall, 1026 Vmclear, 1027 Vmfunc, 1028 Vminpd, 1029 Vminps, 1030 Vminsd, 1031 Vminss,
    1032 Vmlaunch, 1033 Vmload, 1034 Vmmcall, 1035 Vmovapd, 1036 Vmovaps, 1037 Vmovd, 1038 Vmovddup,
    1039 Vmovdqa, 1040 Vmovdqa32, 1041 Vmovdqa64, 1042 Vmovdqu, 1043 Vmovdqu16, 1044 Vmovdqu32,
    1045 Vmovdqu64, 1046 Vmovdqu8, 1047 Vmovhlps, 1048 Vmovhpd, 1049 Vmovhps, 1050 Vmovlhps, 1051 Vmovlpd,
    1052 Vmovlps, 1053 Vmovmskpd, 1054 Vmovmskps, 1055 Vmovntdq, 1056 Vmovntdqa, 1057 Vmovntpd, 1058 Vmovntps,
    1059 Vmovq, 1060 Vmovsd, 1061 Vmovshdup, 1062 Vmovsldup, 1063 Vmovss, 1064 Vmovupd, 1065 Vmovups,
    1066 Vmpsadbw, 1067 Vmptrld, 1068 Vmptrst, 1069 Vmread, 1070 Vmresume, 1071 Vmrun, 1072 Vmsave,
    1073 Vmulpd, 1074 Vmulps, 1075 Vmulsd, 1076 Vmulss, 1077 Vmwrite, 1078 Vmxoff, 1079 Vmxon, 1080 Vorpd,
    1081 Vorps, 1082 Vp2intersectd, 1083 Vp2intersectq, 1084 Vp4dpwssd, 1085 Vp4dpwssds, 1086 Vpabsb,
    1087 Vpabsd, 1088 Vpabsq, 1089 Vpabsw, 1090 Vpackssdw, 1091 Vpacksswb, 1092 Vpackusdw, 1093 Vpackuswb,
    1094 Vpaddb, 1095 Vpaddd, 1096 Vpaddq, 1097 Vpaddsb, 1098 Vpaddsw, 1099 Vpaddusb, 1100 Vpaddusw,
    1101 Vpaddw, 1102 Vpalignr, 1103 Vpand, 1104 Vpandd, 1105 Vpandn, 1106 Vpandnd, 1107 Vpandnq, 1108 Vpandq,
    1109 Vpavgb, 1110 Vpavgw, 1111 Vpblendd, 1112 Vpblendmb, 1113 Vpblendmd, 1114 Vpblendmq, 1115 Vpblendmw,
    1116 Vpblendvb, 1117 Vpblendw, 1118 Vpbroadcastb, 1119 Vpbroadcastd, 1120 Vpbroadcastmb2q,
    1121 Vpbroadcastmw2d, 1122 Vpbroadcastq, 1123 Vpbroadcastw, 1124 Vpclmulqdq, 1125 Vpcmov, 1126 Vpcmpb,
    1127 Vpcmpd, 1128 Vpcmpeqb, 1129 Vpcmpeqd, 1130 Vpcmpeqq, 1131 Vpcmpeqw, 1132 Vpcmpestri,
    1133 Vpcmpestri64, 1134 Vpcmpestrm, 1135 Vpcmpestrm64, 1136 Vpcmpgtb, 1137 Vpcmpgtd, 1138 Vpcmpgtq,
    1139 Vpcmpgtw, 1140 Vpcmpistri, 1141 Vpcmpistrm, 1142 Vpcmpq, 1143 Vpcmpub, 1144 Vpcmpud, 1145 Vpcmpuq,
    1146 Vpcmpuw, 1147 Vpcmpw, 1148 Vpcomb, 1149 Vpcomd, 1150 Vpcompressb, 1151 Vpcompressd, 1152 Vpcompressq,
    1153 Vpcompressw, 1154 Vpcomq, 1155 Vpcomub, 1156 Vpcomud, 1157 Vpcomuq, 1158 Vpcomuw, 1159 Vpcomw,
    1160 Vpconflictd, 1161 Vpconflictq, 1162 Vpdpbusd, 1163 Vpdpbusds, 1164 Vpdpwssd, 1165 Vpdpwssds,
    1166 Vperm2f128, 1167 Vperm2i128, 1168 Vpermb, 1169 Vpermd, 1170 Vpermi2b, 1171 Vpermi2d, 1172 Vpermi2pd,
    1173 Vpermi2ps, 1174 Vpermi2q, 1175 Vpermi2w, 1176 Vpermil2pd, 1177 Vpermil2ps, 1178 Vpermilpd,
    1179 Vpermilps, 1180 Vpermpd, 1181 Vpermps, 1182 Vpermq, 1183 Vpermt2b, 1184 Vpermt2d, 1185 Vpermt2pd,
    1186 Vpermt2ps, 1187 Vpermt2q, 1188 Vpermt2w, 1189 Vpermw, 1190 Vpexpandb, 1191 Vpexpandd, 1192 Vpexpandq,
    1193 Vpexpandw, 1194 Vpextrb, 1195 Vpextrd, 1196 Vpextrq, 1197 Vpextrw, 1198 Vpgatherdd, 1199 Vpgatherdq,
    1200 Vpgatherqd, 1201 Vpgatherqq, 1202 Vphaddbd, 1203 Vphaddbq, 1204 Vphaddbw, 1205 Vphaddd,
    1206 Vphadddq, 1207 Vphaddsw, 1208 Vphaddubd, 1209 Vphaddubq, 1210 Vphaddubw, 1211 Vphaddudq,
    1212 Vphadduwd, 1213 Vphadduwq, 1214 Vphaddw, 1215 Vphaddwd, 1216 Vphaddwq, 1217 Vphminposuw,
    1218 Vphsubbw, 1219 Vphsubd, 1220 Vphsubdq, 1221 Vphsubsw, 1222 Vphsubw, 1223 Vphsubwd, 1224 Vpinsrb,
    1225 Vpinsrd, 1226 Vpinsrq, 1227 Vpinsrw, 1228 Vplzcntd, 1229 Vplzcntq, 1230 Vpmacsdd, 1231 Vpmacsdqh,
    1232 Vpmacsdql, 1233 Vpmacssdd, 1234 Vpmacssdqh, 1235 Vpmacssdql, 1236 Vpmacsswd, 1237 Vpmacssww,
    1238 Vpmacswd, 1239 Vpmacsww, 1240 Vpmadcsswd, 1241 Vpmadcswd, 1242 Vpmadd52huq, 1243 Vpmadd52luq,
    1244 Vpmaddubsw, 1245 Vpmaddwd, 1246 Vpmaskmovd, 1247 Vpmaskmovq, 1248 Vpmaxsb, 1249 Vpmaxsd,
    1250 Vpmaxsq, 1251 Vpmaxsw, 1252 Vpmaxub, 1253 Vpmaxud, 1254 Vpmaxuq, 1255 Vpmaxuw, 1256 Vpminsb,
    1257 Vpminsd, 1258 Vpminsq, 1259 Vpminsw, 1260 Vpminub, 1261 Vpminud, 1262 Vpminuq, 1263 Vpminuw,
    1264 Vpmovb2m, 1265 Vpmovd2m, 1266 Vpmovdb, 1267 Vpmovdw, 1268 Vpmovm2b, 1269 Vpmovm2d, 1270 Vpmovm2q,
    1271 Vpmovm2w, 1272 Vpmovmskb, 1273 Vpmovq2m, 1274 Vpmovqb, 1275 Vpmovqd, 1276 Vpmovqw, 1277 Vpmovsdb,
    1278 Vpmovsdw, 1279 Vpmovsqb, 1280 Vpmovsqd, 1281 Vpmovsqw, 1282 Vpmovswb, 1283 Vpmovsxbd, 1284 Vpmovsxbq,
    1285 Vpmovsxbw, 1286 Vpmovsxdq, 1287 Vpmovsxwd, 1288 Vpmovsxwq, 1289 Vpmovusdb, 1290 Vpmovusdw,
    1291 Vpmovusqb, 1292 Vpmovusqd, 1293 Vpmovusqw, 1294 Vpmovuswb, 1295 Vpmovw2m, 1296 Vpmovwb,
    1297 Vpmovzxbd, 1298 Vpmovzxbq, 1299 Vpmovzxbw, 1300 Vpmovzxdq, 1301 Vpmovzxwd, 1302 Vpmovzxwq,
    1303 Vpmuldq, 1304 Vpmulhrsw, 1305 Vpmulhuw, 1306 Vpmulhw, 1307 Vpmulld, 1308 Vpmullq, 1309 Vpmullw,
    1310 Vpmultishiftqb, 1311 Vpmuludq, 1312 Vpopcntb, 1313 Vpopcntd, 1314 Vpopcntq, 1315 Vpopcntw, 1316 Vpor,
    1317 Vpord, 1318 Vporq, 1319 Vpperm, 1320 Vprold, 1321 Vprolq, 1322 Vprolvd, 1323 Vprolvq, 1324 Vprord,
    1325 Vprorq, 1326 Vprorvd, 1327 Vprorvq, 1328 Vprotb, 1329 Vprotd, 1330 Vprotq, 1331 Vprotw, 1332 Vpsadbw,
    1333 Vpscatterdd, 1334 Vpscatterdq, 1335 Vpscatterqd, 1336 Vpscatterqq, 1337 Vpshab, 1338 Vpshad,
    1339 Vpshaq, 1340 Vpshaw, 1341 Vpshlb, 1342 Vpshld, 1343 Vpshldd, 1344 Vpshldq, 1345 Vpshldvd,
    1346 Vpshldvq, 1347 Vpshldvw, 1348 Vpshldw, 1349 Vpshlq, 1350 Vpshlw, 1351 Vpshrdd, 1352 Vpshrdq,
    1353 Vpshrdvd, 1354 Vpshrdvq, 1355 Vpshrdvw, 1356 Vpshrdw, 1357 Vpshufb, 1358 Vpshufbitqmb, 1359 Vpshufd,
    1360 Vpshufhw, 1361 Vpshuflw, 1362 Vpsignb, 1363 Vpsignd, 1364 Vpsignw, 1365 Vpslld, 1366 Vpslldq,
    1367 Vpsllq, 1368 Vpsllvd, 1369 Vpsllvq, 1370 Vpsllvw, 1371 Vpsllw, 1372 Vpsrad, 1373 Vpsraq,
    1374 Vpsravd, 1375 Vpsravq, 1376 Vpsravw, 1377 Vpsraw, 1378 Vpsrld, 1379 Vpsrldq, 1380 Vpsrlq,
    1381 Vpsrlvd, 1382 Vpsrlvq, 1383 Vpsrlvw, 1384 Vpsrlw, 1385 Vpsubb, 1386 Vpsubd, 1387 Vpsubq,
    1388 Vpsubsb, 1389 Vpsubsw, 1390 Vpsubusb, 1391 Vpsubusw, 1392 Vpsubw, 1393 Vpternlogd, 1394 Vpternlogq,
    1395 Vptest, 1396 Vptestmb, 1397 Vptestmd, 1398 Vptestmq, 1399 Vptestmw, 1400 Vptestnmb, 1401 Vptestnmd,
    1402 Vptestnmq, 1403 Vptestnmw, 1404 Vpunpckhbw, 1405 Vpunpckhdq, 1406 Vpunpckhqdq, 1407 Vpunpckhwd,
    1408 Vpunpcklbw, 1409 Vpunpckldq, 1410 Vpunpcklqdq, 1411 Vpunpcklwd, 1412 Vpxor, 1413 Vpxord, 1414 Vpxorq,
    1415 Vrangepd, 1416 Vrangeps, 1417 Vrangesd, 1418 Vrangess, 1419 Vrcp14pd, 1420 Vrcp14ps, 1421 Vrcp14sd,
    1422 Vrcp14ss, 1423 Vrcp28pd, 1424 Vrcp28ps, 1425 Vrcp28sd, 1426 Vrcp28ss, 1427 Vrcpps, 1428 Vrcpss,
    1429 Vreducepd, 1430 Vreduceps, 1431 Vreducesd, 1432 Vreducess, 1433 Vrndscalepd, 1434 Vrndscaleps,
    1435 Vrndscalesd, 1436 Vrndscaless, 1437 Vroundpd, 1438 Vroundps, 1439 Vroundsd, 1440 Vroundss,
    1441 Vrsqrt14pd, 1442 Vrsqrt14ps, 1443 Vrsqrt14sd, 1444 Vrsqrt14ss, 1445 Vrsqrt28pd, 1446 Vrsqrt28ps,
    1447 Vrsqrt28sd, 1448 Vrsqrt28ss, 1449 Vrsqrtps, 1450 Vrsqrtss, 1451 Vscalefpd, 1452 Vscalefps,
    1453 Vscalefsd, 1454 Vscalefss, 1455 Vscatterdpd, 1456 Vscatterdps, 1457 Vscatterpf0dpd,
    1458 Vscatterpf0dps, 1459 Vscatterpf0qpd, 1460 Vscatterpf0qps, 1461 Vscatterpf1dpd, 1462 Vscatterpf1dps,
    1463 Vscatterpf1qpd, 1464 Vscatterpf1qps, 1465 Vscatterqpd, 1466 Vscatterqps, 1467 Vshuff32x4,
    1468 Vshuff64x2, 1469 Vshufi32x4, 1470 Vshufi64x2, 1471 Vshufpd, 1472 Vshufps, 1473 Vsqrtpd, 1474 Vsqrtps,
    1475 Vsqrtsd, 1476 Vsqrtss, 1477 Vstmxcsr, 1478 Vsubpd, 1479 Vsubps, 1480 Vsubsd, 1481 Vsubss,
    1482 Vtestpd, 1483 Vtestps, 1484 Vucomisd, 1485 Vucomiss, 1486 Vunpckhpd, 1487 Vunpckhps, 1488 Vunpcklpd,
    1489 Vunpcklps, 1490 Vxorpd, 1491 Vxorps, 1492 Vzeroall, 1493 Vzeroupper, 1494 Wait, 1495 Wbinvd,
    1496 Wbnoinvd, 1497 Wrfsbase, 1498 Wrgsbase, 1499 Wrmsr, 1500 Wrpkru, 1501 Wrssd, 1502 Wrssq, 1503 Wrussd,
    1504 Wrussq, 1505 Xabort, 1506 Xadd, 1507 Xbegin, 1508 Xbts, 1509 Xchg, 1510 Xcryptcbc, 1511 Xcryptcfb,
    1512 Xcryptctr, 1513 Xcryptecb, 1514 Xcryptofb, 1515 Xend, 1516 Xgetbv, 1517 Xlatb, 1518 Xor, 1519 Xorpd,
    1520 Xorps, 1521 Xrstor, 1522 Xrstor64, 1523 Xrstors, 1524 Xrstors64, 1525 Xsave, 1526 Xsave64,
    1527 Xsavec, 1528 Xsavec64, 1529 Xsaveopt, 1530 Xsaveopt64, 1531 Xsaves, 1532 Xsaves64, 1533 Xsetbv,
    1534 Xsha1, 1535 Xsha256, 1536 Xstore, 1537 Xtest, 1538 Rmpadjust, 1539 Rmpupdate, 1540 Psmash,
    1541 Pvalidate, 1542 Serialize, 1543 Xsusldtrk, 1544 Xresldtrk, 1545 Invlpgb, 1546 Tlbsync, 1547 Vmgexit,
    1548 Getsecq, 1549 Sysexitq, 1550 Ldtilecfg, 1551 Tilerelease, 1552 Sttilecfg, 1553 Tilezero,
    1554 Tileloaddt1, 1555 Tilestored, 1556 Tileloadd, 1557 Tdpbf16ps, 1558 Tdpbuud, 1559 Tdpbusd,
    1560 Tdpbsud, 1561 Tdpbssd, 1562 Sysretq, 1563 Fnstdw, 1564 Fnstsg, 1565 Rdshr, 1566 Wrshr, 1567 Smint,
    1568 Dmint, 1569 Rdm, 1570 Svdc, 1571 Rsdc, 1572 Svldt, 1573 Rsldt, 1574 Svts, 1575 Rsts, 1576 Bb0_reset,
    1577 Bb1_reset, 1578 Cpu_write, 1579 Cpu_read, 1580 Altinst, 1581 Paveb, 1582 Paddsiw, 1583 Pmagw,
    1584 Pdistib, 1585 Psubsiw, 1586 Pmvzb, 1587 Pmvnzb, 1588 Pmvlzb, 1589 Pmvgezb, 1590 Pmulhriw,
    1591 Pmachriw, 1592 Ftstp, 1593 Frint2, 1594 Frichop, 1595 Frinear, 1596 Undoc, 1597 Tdcall, 1598 Seamret,
    1599 Seamops, 1600 Seamcall, 1601 Aesencwide128kl, 1602 Aesdecwide128kl, 1603 Aesencwide256kl,
    1604 Aesdecwide256kl, 1605 Loadiwkey, 1606 Aesenc128kl, 1607 Aesdec128kl, 1608 Aesenc256kl,
    1609 Aesdec256kl, 1610 Encodekey128, 1611 Encodekey256, 1612 Pushad, 1613 Popad, 1614 Pushfd, 1615 Pushfq,
    1616 Popfd, 1617 Popfq, 1618 Iretd, 1619 Iretq, 1620 Int3, 1621 Uiret, 1622 Testui, 1623 Clui, 1624 Stui,
    1625 Senduipi, 1626 Hreset, 1627 Ccs_hash, 1628 Ccs_encrypt, 1629 Lkgs, 1630 Eretu, 1631 Erets,
    1632 Storeall, 1633 Vaddph, 1634 Vaddsh, 1635 Vcmpph, 1636 Vcmpsh, 1637 Vcomish, 1638 Vcvtdq2ph,
    1639 Vcvtpd2ph, 1640 Vcvtph2dq, 1641 Vcvtph2pd, 1642 Vcvtph2psx, 1643 Vcvtph2qq, 1644 Vcvtph2udq,
    1645 Vcvtph2uqq, 1646 Vcvtph2uw, 1647 Vcvtph2w, 1648 Vcvtps2phx, 1649 Vcvtqq2ph, 1650 Vcvtsd2sh,
    1651 Vcvtsh2sd, 1652 Vcvtsh2si, 1653 Vcvtsh2ss, 1654 Vcvtsh2usi, 1655 Vcvtsi2sh, 1656 Vcvtss2sh,
    1657 Vcvttph2dq, 1658 Vcvttph2qq, 1659 Vcvttph2udq, 1660 Vcvttph2uqq, 1661 Vcvttph2uw, 1662 Vcvttph2w,
    1663 Vcvttsh2si, 1664 Vcvttsh2usi, 1665 Vcvtudq2ph, 1666 Vcvtuqq2ph, 1667 Vcvtusi2sh, 1668 Vcvtuw2ph,
    1669 Vcvtw2ph, 1670 Vdivph, 1671 Vdivsh, 1672 Vfcmaddcph, 1673 Vfmaddcph, 1674 Vfcmaddcsh, 1675 Vfmaddcsh,
    1676 Vfcmulcph, 1677 Vfmulcph, 1678 Vfcmulcsh, 1679 Vfmulcsh, 1680 Vfmaddsub132ph, 1681 Vfmaddsub213ph,
    1682 Vfmaddsub231ph, 1683 Vfmsubadd132ph, 1684 Vfmsubadd213ph, 1685 Vfmsubadd231ph, 1686 Vfmadd132ph,
    1687 Vfmadd213ph, 1688 Vfmadd231ph, 1689 Vfnmadd132ph, 1690 Vfnmadd213ph, 1691 Vfnmadd231ph,
    1692 Vfmadd132sh, 1693 Vfmadd213sh, 1694 Vfmadd231sh, 1695 Vfnmadd132sh, 1696 Vfnmadd213sh,
    1697 Vfnmadd231sh, 1698 Vfmsub132ph, 1699 Vfmsub213ph, 1700 Vfmsub231ph, 1701 Vfnmsub132ph,
    1702 Vfnmsub213ph, 1703 Vfnmsub231ph, 1704 Vfmsub132sh, 1705 Vfmsub213sh, 1706 Vfmsub231sh,
    1707 Vfnmsub132sh, 1708 Vfnmsub213sh, 1709 Vfnmsub231sh, 1710 Vfpclassph, 1711 Vfpclasssh, 1712 Vgetexpph,
    1713 Vgetexpsh, 1714 Vgetmantph, 1715 Vgetmantsh, 1716 Vmaxph, 1717 Vmaxsh, 1718 Vminph, 1719 Vminsh,
    1720 Vmovsh, 1721 Vmovw, 1722 Vmulph, 1723 Vmulsh, 1724 Vrcpph, 1725 Vrcpsh, 1726 Vreduceph,
    1727 Vreducesh, 1728 Vrndscaleph, 1729 Vrndscalesh, 1730 Vrsqrtph, 1731 Vrsqrtsh, 1732 Vscalefph,
    1733 Vscalefsh, 1734 Vsqrtph, 1735 Vsqrtsh, 1736 Vsubph, 1737 Vsubsh, 1738 Vucomish, 1739 Rdudbg,
    1740 Wrudbg, 1741 Clevict0, 1742 Clevict1, 1743 Delay, 1744 Jknzd, 1745 Jkzd, 1746 Kand, 1747 Kandn,
    1748 Kandnr, 1749 Kconcath, 1750 Kconcatl, 1751 Kextract, 1752 Kmerge2l1h, 1753 Kmerge2l1l, 1754 Kmov,
    1755 Knot, 1756 Kor, 1757 Kortest, 1758 Kxnor, 1759 Kxor, 1760 Spflt, 1761 Tzcnti, 1762 Vaddnpd,
    1763 Vaddnps, 1764 Vaddsetsps, 1765 Vcvtfxpntdq2ps, 1766 Vcvtfxpntpd2dq, 1767 Vcvtfxpntpd2udq,
    1768 Vcvtfxpntps2dq, 1769 Vcvtfxpntps2udq, 1770 Vcvtfxpntudq2ps, 1771 Vexp223ps, 1772 Vfixupnanpd,
    1773 Vfixupnanps, 1774 Vfmadd233ps, 1775 Vgatherpf0hintdpd, 1776 Vgatherpf0hintdps, 1777 Vgmaxabsps,
    1778 Vgmaxpd, 1779 Vgmaxps, 1780 Vgminpd, 1781 Vgminps, 1782 Vloadunpackhd, 1783 Vloadunpackhpd,
    1784 Vloadunpackhps, 1785 Vloadunpackhq, 1786 Vloadunpackld, 1787 Vloadunpacklpd, 1788 Vloadunpacklps,
    1789 Vloadunpacklq, 1790 Vlog2ps, 1791 Vmovnrapd, 1792 Vmovnraps, 1793 Vmovnrngoapd, 1794 Vmovnrngoaps,
    1795 Vpackstorehd, 1796 Vpackstorehpd, 1797 Vpackstorehps, 1798 Vpackstorehq, 1799 Vpackstoreld,
    1800 Vpackstorelpd, 1801 Vpackstorelps, 1802 Vpackstorelq, 1803 Vpadcd, 1804 Vpaddsetcd, 1805 Vpaddsetsd,
    1806 Vpcmpltd, 1807 Vpermf32x4, 1808 Vpmadd231d, 1809 Vpmadd233d, 1810 Vpmulhd, 1811 Vpmulhud,
    1812 Vprefetch0, 1813 Vprefetch1, 1814 Vprefetch2, 1815 Vprefetche0, 1816 Vprefetche1, 1817 Vprefetche2,
    1818 Vprefetchenta, 1819 Vprefetchnta, 1820 Vpsbbd, 1821 Vpsbbrd, 1822 Vpsubrd, 1823 Vpsubrsetbd,
    1824 Vpsubsetbd, 1825 Vrcp23ps, 1826 Vrndfxpntpd, 1827 Vrndfxpntps, 1828 Vrsqrt23ps, 1829 Vscaleps,
    1830 Vscatterpf0hintdpd, 1831 Vscatterpf0hintdps, 1832 Vsubrpd, 1833 Vsubrps, 1834 Xsha512,
    1835 Xstore_alt, 1836 Xsha512_alt, 1837 Zero_bytes, 1838 Aadd, 1839 Aand, 1840 Aor, 1841 Axor,
    1842 Cmpbexadd, 1843 Cmpbxadd, 1844 Cmplexadd, 1845 Cmplxadd, 1846 Cmpnbexadd, 1847 Cmpnbxadd,
    1848 Cmpnlexadd, 1849 Cmpnlxadd, 1850 Cmpnoxadd, 1851 Cmpnpxadd, 1852 Cmpnsxadd, 1853 Cmpnzxadd,
    1854 Cmpoxadd, 1855 Cmppxadd, 1856 Cmpsxadd, 1857 Cmpzxadd, 1858 Prefetchit0, 1859 Prefetchit1,
    1860 Rdmsrlist, 1861 Rmpquery, 1862 Tdpfp16ps, 1863 Vbcstnebf162ps, 1864 Vbcstnesh2ps,
    1865 Vcvtneebf162ps, 1866 Vcvtneeph2ps, 1867 Vcvtneobf162ps, 1868 Vcvtneoph2ps, 1869 Vpdpbssd,
    1870 Vpdpbssds, 1871 Vpdpbsud, 1872 Vpdpbsuds, 1873 Vpdpbuud, 1874 Vpdpbuuds, 1875 Wrmsrlist,
    1876 Wrmsrns, 1877 Tcmmrlfp16ps, 1878 Tcmmimfp16ps, 1879 Pbndkb, 1880 Vpdpwsud, 1881 Vpdpwsuds,
    1882 Vpdpwusd, 1883 Vpdpwusds, 1884 Vpdpwuud, 1885 Vpdpwuuds, 1886 Vsha512msg1, 1887 Vsha512msg2,
    1888 Vsha512rnds2, 1889 Vsm3msg1, 1890 Vsm3msg2, 1891 Vsm3rnds2, 1892 Vsm4key4, 1893 Vsm4rnds4,
}

#[cfg(test)]
mod tests {
    use super::*;
    use cognate_base::hash_bytes;

    /// Of the fingerprint's version 2; another sum needs a higher one.
    const SUM: u64 = 8_527_149_978_803_974_306;

    #[test]
    fn no_number_or_name_changes_within_a_version() {
        let row = |sum, (number, name): &(u16, &str)| {
            hash_bytes(hash_bytes(sum, &number.to_le_bytes()), name.as_bytes())
        };
        let sum = ROWS.iter().fold(2, row);
        assert_eq!(sum, SUM, "numbers of mnemonics changed: raise cognate_fingerprint::VERSION");
    }

    #[test]
    fn every_mnemonic_has_one_number_and_one_name_and_none_has_another_s() {
        let mut numbers: Vec<u16> = Mnemonic::values().map(number).collect();
        let mut names: Vec<&str> = Mnemonic::values().map(name).collect();
        let count = numbers.len();
        assert_eq!(count, ROWS.len());
        assert!(!numbers.contains(&UNKNOWN) && !names.contains(&UNKNOWN_NAME));
        numbers.sort_unstable();
        numbers.dedup();
        names.sort_unstable();
        names.dedup();
        assert_eq!((numbers.len(), names.len()), (count, count));
    }

    #[test]
    fn names_are_those_of_this_version_of_the_decoder() {
        Mnemonic::values().for_each(|mnemonic| assert_eq!(name(mnemonic), format!("{mnemonic:?}")));
    }
}
