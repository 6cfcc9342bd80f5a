//! The marks: texts that one library has and others have not.
//!
//! Not a library's name alone, which any program may mention.

/// What must follow a mark.
pub(super) enum Version {
    /// Nothing.
    Untold,
    /// The version.
    Follows,
    /// The version, and this text within some bytes.
    FollowsBefore(&'static str),
    /// The same, but the library's header gives the text to every user too: it
    /// counts only where no import's name begins with one of these.
    FollowsUnlessImported(&'static str, &'static [&'static str]),
    /// Nothing, but mere users of the library carry the text too: it names no library,
    /// and tells functions of one that another mark named.
    Supports,
}

/// One text of a library.
pub(super) struct Mark {
    /// The text.
    pub text: &'static str,
    /// What must follow it.
    pub then: Version,
}

/// One library.
pub(super) struct Library {
    /// Its name as shown.
    pub name: &'static str,
    /// Its marks.
    pub marks: &'static [Mark],
}

/// A text.
const fn t(text: &'static str) -> Mark {
    Mark { text, then: Version::Untold }
}

/// A text that supports other marks.
const fn s(text: &'static str) -> Mark {
    Mark { text, then: Version::Supports }
}

/// A text with the version behind it.
const fn v(text: &'static str) -> Mark {
    Mark { text, then: Version::Follows }
}

/// A text with the version behind it and another text soon after.
const fn vb(text: &'static str, then: &'static str) -> Mark {
    Mark { text, then: Version::FollowsBefore(then) }
}

/// A text with the version behind it and another text soon after, which users carry too:
/// no mark where something is imported whose name begins with one of `names`.
const fn vu(text: &'static str, then: &'static str, names: &'static [&'static str]) -> Mark {
    Mark { text, then: Version::FollowsUnlessImported(then, names) }
}

const fn library(name: &'static str, marks: &'static [Mark]) -> Library {
    Library { name, marks }
}

/// All libraries. Order is free: the result is sorted by name.
pub(super) const TABLE: &[Library] = &[
    library(
        "OpenSSL",
        &[
            // Assembly that other libraries took over too.
            s("CRYPTOGAMS by <appro@"),
            vu("OpenSSL ", " 20", &["OPENSSL_", "EVP_", "SSL_", "OpenSSL_", "CRYPTO_"]),
            t("OPENSSL_ia32cap"),
            t("OPENSSL_finish"),
            t("OPENSSL_init_ssl"),
            t("OPENSSL_hexstr2buf"),
            t("crypto\\aes\\"),
            t("crypto\\asn1\\"),
            t("crypto\\bio\\"),
            t("crypto\\bn\\"),
            t("crypto\\cms\\"),
            t("crypto\\conf\\"),
            t("crypto\\ct\\"),
            t("crypto\\dh\\"),
            t("crypto\\dsa\\"),
            t("crypto\\ec\\"),
            t("crypto\\engine\\"),
            t("crypto\\err\\"),
            t("crypto\\evp\\"),
            t("crypto\\kdf\\"),
            t("crypto\\ocsp\\"),
            t("crypto\\pem\\"),
            t("crypto\\pkcs12\\"),
            t("crypto\\pkcs7\\"),
            t("crypto\\rand\\"),
            t("crypto\\rsa\\"),
            t("crypto\\store\\"),
            t("crypto\\ts\\"),
            t("crypto\\ui\\"),
            t("crypto\\x509"),
            t("crypto\\init.c"),
            t("crypto\\mem_sec.c"),
            t("crypto\\objects\\"),
            t("crypto\\stack\\"),
            t("crypto\\params"),
            t("crypto\\provider"),
            t("crypto\\property\\"),
            t("crypto\\encode_decode\\"),
            t("crypto\\sm2\\"),
            t("ssl\\record\\"),
            t("ssl\\statem\\"),
            t("ssl\\ssl_lib.c"),
            t("ssl\\t1_lib.c"),
            t("ssl\\s3_lib.c"),
            t("ssl\\ssl_"),
            t("providers\\implementations\\"),
            t("providers\\common\\"),
            t("crypto/aes/aes_"),
            t("crypto/asn1/"),
            t("crypto/bio/b"),
            t("crypto/bn/bn_"),
            t("crypto/cms/cms_"),
            t("crypto/conf/conf_"),
            t("crypto/ct/ct_"),
            t("crypto/dh/dh_"),
            t("crypto/dsa/dsa_"),
            t("crypto/ec/ec_"),
            t("crypto/engine/eng_"),
            t("crypto/err/err"),
            t("crypto/evp/"),
            t("crypto/kdf/"),
            t("crypto/ocsp/ocsp_"),
            t("crypto/pem/pem_"),
            t("crypto/pkcs12/p12_"),
            t("crypto/pkcs7/pk7_"),
            t("crypto/rand/rand_"),
            t("crypto/rsa/rsa_"),
            t("crypto/store/store_"),
            t("crypto/ts/ts_"),
            t("crypto/ui/ui_"),
            t("crypto/x509/x509_"),
            t("crypto/x509v3/v3_"),
            t("crypto/objects/obj_"),
            t("crypto/mem_sec.c"),
            t("ssl/record/"),
            t("ssl/statem/"),
            t("ssl/ssl_lib.c"),
            t("ssl/t1_lib.c"),
            t("ssl/s3_lib.c"),
            t("ssl/ssl_"),
            t("providers/implementations/"),
            t("providers/common/"),
        ],
    ),
    library("LibreSSL", &[v("LibreSSL ")]),
    library("BoringSSL", &[t("third_party/boringssl/"), t("boringssl/src/crypto/")]),
    library("wolfSSL", &[t("wolfSSL Entering "), t("wolfSSL_CTX_"), t("wolfSSL error occurred")]),
    library("mbed TLS", &[v("mbed TLS "), v("Mbed TLS "), t("mbedtls_ssl_handshake"), t("mbedtls_mpi_")]),
    library("libsodium", &[s("$argon2id$v="), t("libsodium_"), t("LibsodiumDRG"), t("sodium_misuse")]),
    library(
        "Crypto++",
        &[
            t("CryptoPP::"),
            t("CryptoPP@@"),
            t("BlockTransformation is not"),
            t("StreamTransformationFilter: invalid "),
        ],
    ),
    library(
        "zlib",
        &[
            s("unknown compression method"),
            s("invalid distance too far back"),
            vb(" deflate ", "Copyright"),
            vb(" inflate ", "Copyright"),
            t("incorrect header check"),
            t("invalid stored block lengths"),
            t("too many length or distance symbols"),
            t("invalid bit length repeat"),
        ],
    ),
    library("zlib-ng", &[v("zlib-ng "), t(".zlib-ng"), v("zlibng-")]),
    library(
        "Zstandard",
        &[
            s("Allocation error : not enough memory"),
            s("Dictionary mismatch"),
            s("Src size is incorrect"),
            t("Unsupported frame parameter"),
            t("Frame requires too much memory for decoding"),
            t("tableLog requires too much memory : unsupported"),
            t("Unsupported max Symbol Value : too large"),
            t("Restored data doesn't match checksum"),
            t("Header of Literals' block doesn't respect format"),
            t("Context should be init first"),
            t("An I/O error occurred when reading/seeking"),
            t("Operation not authorized at current processing stage"),
        ],
    ),
    library(
        "LZ4",
        &[
            t("ERROR_maxBlockSize_invalid"),
            t("ERROR_blockMode_invalid"),
            t("ERROR_contentChecksum_invalid"),
            t("ERROR_frameHeader_incomplete"),
            t("ERROR_decompressionFailed"),
            t("ERROR_headerChecksum_invalid"),
        ],
    ),
    library(
        "bzip2",
        &[
            t("bzip2/libbzip2: internal error number"),
            t("block %d: crc = 0x%08x, combined CRC = 0x%08x"),
            t("bucket sorting ..."),
            t("{0x%08x, 0x%08x}"),
            t("depth %6d has "),
        ],
    ),
    library(
        "XZ Utils",
        &[
            s("lzma_index_"),
            s("liblzma "),
            t("LZMA_API_"),
            t("Unexpected NULL pointer argument(s) to lzma_str_to_filters()"),
            t("Invalid filter chain ('lzma2' missing at the end?)"),
            t("/liblzma/"),
        ],
    ),
    library(
        "Brotli",
        &[
            t("CONTEXT_MAP_REPEAT"),
            t("BrotliEncoder"),
            t("BrotliDecoder"),
            t("EXUBERANT_NIBBLE"),
            t("SIMPLE_HUFFMAN_ALPHABET"),
            t("UNREACHABLE_CL_SPACE"),
        ],
    ),
    library("Snappy", &[t("snappy::"), t("Snappy: "), t("snappy-sinksource")]),
    library("c-blosc", &[t("BLOSC_NTHREADS"), t("BLOSC_BLOCKSIZE"), t("Error in blosc_"), t("BLOSC_TRACE")]),
    library("xxHash", &[t("XXH3_"), t("XXH64_"), t("xxhash.c")]),
    library("Zopfli", &[t("Original Size: %d, Deflate: %d, Compression: %f%% Removed")]),
    library(
        "SQLite",
        &[
            s("SQLite format 3"),
            s("sqlite_master"),
            s("sqlite_stat1"),
            s("sqlite_sequence"),
            s("database disk image is malformed"),
            s("cannot start a transaction within"),
            s("sqlite3_"),
            t("too many terms in compound SELECT"),
            t("malformed database schema"),
            t("ORDER BY clause should come after"),
            t("%s at line %d of [%.10s]"),
            t("foreign key mismatch - \"%w\""),
            t("no such collation sequence: %s"),
            t("UPDATE %Q.sqlite_"),
            t("automatic index on %s(%s)"),
            t("API call with %s database connection pointer"),
            t("a GROUP BY clause is required before HAVING"),
            t("SELECT name, rootpage, sql FROM"),
            t("unable to delete/modify user-function"),
            t("recovered %d frames from WAL"),
            t("CREATE TABLE x(type text,name text,tbl_name"),
            t("fts5: syntax error near"),
        ],
    ),
    library("LevelDB", &[t("leveldb.BytewiseComparator"), t("file is too short to be an sstable")]),
    library("LMDB", &[vb("LMDB ", "("), t("MDB_CORRUPTED: "), t("MDB_PAGE_NOTFOUND")]),
    library(
        "libxml2",
        &[
            s("xmlParse"),
            s("htmlParse"),
            s("xmlSAX2"),
            s("XPath error"),
            s("xmlXPath"),
            s("xmlSchema"),
            s("xmlRelaxNG"),
            s("Extra content at the end of the document"),
            s("xmlXInclude"),
            s("Memory allocation failed : %s\n"),
            s("xmlOutputBuffer"),
            s("Namespace prefix %s"),
            s("xmlC14N"),
            t("Start tag expected, '<' not found"),
            t("detected an entity reference loop"),
            t("EntityRef: expecting ';'"),
            t("PCDATA invalid Char value %d"),
            t("Opening and ending tag mismatch: %s"),
        ],
    ),
    library(
        "libxslt",
        &[
            t("xsltParse"),
            t("xsltCompile"),
            t("xsl:attribute-set"),
            t("xsltApply"),
            t("xsltProcess"),
            t("xsltNew"),
            t("xsltNumber"),
            t("http://xmlsoft.org/XSLT/namespace"),
            t("xsltDocument"),
            t("xsltInit"),
            t("xsltRun"),
            t("xsltCopy"),
            t("xsltSort"),
            t("xsltKey"),
            t("xsltEval"),
            t("xsltLoad"),
            t("xsltValue"),
        ],
    ),
    library(
        "libexslt",
        &[
            s("http://exslt.org/"),
            t("exsltNodeSetFunction: Failed"),
            t("func:result already instanciated"),
            t("exsltFuncResultElem: "),
        ],
    ),
    library(
        "libiconv",
        &[t("_libiconv_version"), t("libiconv_set_relocation_prefix"), t("ISO-IR-199\0ISO_8859-14")],
    ),
    library(
        "Expat",
        &[
            v("expat_"),
            t("XML_PARAM_ENTITY_PARSING"),
            t("EXPAT_ENTROPY_DEBUG"),
            t("EXPAT_ACCOUNTING_DEBUG"),
            t("reference to invalid character number"),
            t("junk after document element"),
        ],
    ),
    library(
        "libyaml",
        &[
            t("did not find expected <document start>"),
            t("did not find expected node content"),
            t("mapping values are not allowed in this context"),
            t("found character that cannot start any token"),
        ],
    ),
    library("nlohmann JSON", &[t("[json.exception.")]),
    library("RapidJSON", &[t("rapidjson::"), t("Missing a colon after a name of object member.")]),
    library(
        "curl",
        &[
            s("Curl_"),
            s("Connection #%"),
            v("libcurl/"),
            v("CLIENT libcurl "),
            t("schannel: failed to "),
            t("Failed writing received data to disk/application"),
        ],
    ),
    library(
        "libssh2",
        &[
            v("SSH-2.0-libssh2_"),
            t("Unable to exchange encryption keys"),
            t("Unable to send userauth-publickey"),
        ],
    ),
    library("libssh", &[v("SSH-2.0-libssh_"), v("libssh_")]),
    library(
        "nghttp2",
        &[s("nghttp2_"), v("nghttp2/"), t("NGHTTP2_ERR_"), t("nghttp2_buf_avail("), t("nghttp2_buf_len(")],
    ),
    library(
        "c-ares",
        &[
            t("ares_getaddrinfo"),
            t("c-ares library initialization not yet performed"),
            t("Could not contact DNS servers"),
            t("DNS server returned answer with no data"),
        ],
    ),
    library("libuv", &[s("uv_loop_"), t("uv__io_"), t("UV_THREADPOOL_SIZE")]),
    library("libev", &[t("(libev) "), t("LIBEV_FLAGS")]),
    library(
        "libevent",
        &[
            s("EVENT_NOEPOLL"),
            s("event_base_"),
            s("[warn] epoll_"),
            t("Only one event_base_loop can run on each event_base at once"),
        ],
    ),
    library(
        "PostgreSQL libpq",
        &[
            t("could not connect to server: "),
            t("server closed the connection unexpectedly"),
            t("PGAPPNAME"),
            t("unexpected response from server; first received character was"),
            t("message type 0x%02x arrived from server"),
            t("lost synchronization with server"),
            t("invalid SSL negotiation"),
            t("PGSSLMODE"),
            t("PGSERVICEFILE"),
            t("could not send startup packet"),
            t("invalid port number: \"%s\""),
            t("invalid sslmode value: \"%s\""),
            t("cannot determine OID of function lo_"),
        ],
    ),
    library("libgit2", &[v("libgit2 "), v("git/1.0 (libgit2 "), t("git_libgit2_")]),
    library("gRPC", &[t("grpc.max_receive_message_length"), t("grpc_core::")]),
    library(
        "Protocol Buffers",
        &[
            s("google/protobuf/"),
            s("google.protobuf."),
            t("[libprotobuf "),
            t("google/protobuf/message_lite.cc"),
            t("google/protobuf/wire_format"),
        ],
    ),
    library("ZeroMQ", &[t("zmq::")]),
    library(
        "Lua",
        &[
            vb("$LuaVersion: Lua ", "PUC-Rio"),
            vb("$Lua: Lua ", "PUC-Rio"),
            vb("Lua ", "Lua.org"),
            t("attempt to %s a %s value%s"),
            t("attempt to perform arithmetic on"),
            t("bad binary format (%s)"),
            t("function or expression needs too many registers"),
            t("string slice too long"),
            t("loop or previous error"),
            t("bad argument #%d to '%s' (%s)"),
            t("malformed pattern (ends with '%%')"),
        ],
    ),
    library("LuaJIT", &[v("LuaJIT "), t("=?LuaJIT"), t("LJ_TRERR")]),
    library("PCRE2", &[t("\\c at end of pattern\0unrecognized"), t("internal error: pcre2_")]),
    library(
        "PCRE",
        &[s("internal error: previously-checked referenced subpattern"), t("erroffset passed as NULL")],
    ),
    library("Oniguruma", &[t("too big backref number\0"), t("undefined bytecode (bug)")]),
    library(
        "libpng",
        &[
            s("libpng error: %s"),
            s("png_image_"),
            s("CRC error in"),
            v("libpng version "),
            t("Not a PNG file"),
            t("Invalid IHDR data"),
            t("libpng warning: %s"),
            t("Application built with libpng-"),
        ],
    ),
    library(
        "libjpeg",
        &[
            t("Bogus virtual array access"),
            t("Corrupt JPEG data: "),
            t("Unsupported JPEG process"),
            t("Not a JPEG file: starts with 0x%02x"),
            t("Empty JPEG image (DNL not supported)"),
        ],
    ),
    library("libjpeg-turbo", &[v("libjpeg-turbo version "), t("JSIMD_FORCE")]),
    library(
        "libtiff",
        &[
            s("LZWDecode"),
            s("TIFFSetField"),
            v("LIBTIFF, Version "),
            t("TIFFReadDirectory"),
            t("TIFFFetchNormalTag"),
            t("TIFFFillStrip"),
            t("TIFFAppendToStrip"),
            t("Fax3Decode"),
            t("OJPEGSetupDecode"),
        ],
    ),
    library("libwebp", &[t("Could not decode alpha data."), t("cannot parse filter header")]),
    library(
        "OpenJPEG",
        &[
            t("Error encoding tile"),
            t("Stream too short, expected SOT"),
            t("Not enough space for expected SOP marker"),
        ],
    ),
    library("Little CMS", &[t("Couldn't link the profiles"), t("Cannot read this type of ICC")]),
    library("FreeType", &[t("FREETYPE_PROPERTIES"), t("postscript-cmaps"), t("SFNT_DRIVER")]),
    library("HarfBuzz", &[t("HB_OPTIONS"), t("HB_SHAPER_LIST")]),
    library("Boost", &[t("boost::"), t("@boost@@"), t("N5boost")]),
    library("Qt", &[vb("Qt ", " build; by "), t("QMetaObject::"), t("QObject::connect: ")]),
    library(
        "Go standard library",
        &[
            t("go.buildid"),
            t("runtime.goexit"),
            t("runtime: goroutine stack exceeds"),
            t("Go buildinf:"),
            t("fatal error: all goroutines are asleep"),
        ],
    ),
    library(
        "Rust std",
        &[
            t("/rustc/"),
            t("library/std/src/"),
            t("library\\std\\src\\"),
            t("library/core/src/"),
            t("library\\core\\src\\"),
            t("library/alloc/src/"),
            t("library\\alloc\\src\\"),
            t("called `Option::unwrap()` on a `None` value"),
            t("called `Result::unwrap()` on an `Err` value"),
            t("already borrowed: BorrowMutError"),
            vb("rustc version ", " ("),
        ],
    ),
    library(
        "MSVC runtime",
        &[
            t("R6016\r\n"),
            t("Microsoft Visual C++ Runtime Library"),
            t("Unknown exception\0bad array new length"),
            t("vcruntime\\"),
            t("minkernel\\crts\\ucrt\\"),
            t("FlsGetValue2"),
            t("api-ms-win-core-fibers-l1-1-1"),
        ],
    ),
    library(
        "MinGW-w64 runtime",
        &[
            t("Mingw-w64 runtime failure:"),
            t("  Unknown pseudo relocation protocol version %d."),
            t("  VirtualQuery failed for %d bytes at address"),
            t("Unknown pseudo relocation bit size %d."),
            t("_matherr(): %s in %s(%g, %g)"),
        ],
    ),
    library(".NET runtime", &[t("System.Private.CoreLib"), t("DOTNET_DbgEnableMiniDump")]),
    library(
        "glibc",
        &[
            t("GNU C Library (GNU libc)"),
            t("FATAL: kernel too old"),
            t("malloc(): corrupted top size"),
            t("dl_open_worker"),
            t("cannot allocate memory for thread-local data: ABORT"),
        ],
    ),
    // Neither text stands in a program that links the library when it starts.
    library("libstdc++", &[t("terminate called after throwing an instance of '")]),
    library(
        "libc++",
        &[t("terminating due to %s exception of type %s"), t("terminating with %s exception of type %s")],
    ),
    library("musl", &[t("Dynamic Program Loader\nVersion %s"), t("musl libc")]),
    library(
        "Cython",
        &[
            t("__pyx_capi__"),
            t("Cannot convert %.200s to %.200s"),
            t("__Pyx_"),
            t("__pyx_vtable__"),
            t("cython_runtime"),
            t("%.200s() takes %.8s %zd positional argument%.1s (%zd given)"),
            t("compile time version %s of module '%.100s' does not match"),
            t("%.200s does not export expected C "),
            t("Module '%.200s' has already been imported"),
            t("while calling a Python object\0"),
            t("raise: exception class must be a subclass of BaseException"),
        ],
    ),
    library("CFFI", &[t("_cffi_backend"), t("_cffi_"), t("cffi._cffi_backend")]),
    library("pybind11", &[t("pybind11::"), t("__pybind11_internals")]),
    library("PyO3", &[t("pyo3_runtime"), t("PanicException"), t("/pyo3-"), t("\\pyo3-")]),
    library("SWIG", &[t("swig_runtime_data"), t("SwigPyObject"), t("swig/python detected a memory leak")]),
    library("GNU MP", &[t("GNU MP: Cannot allocate memory"), t("GNU MP: Cannot reallocate memory")]),
    library("UPX stub", &[v("$Id: UPX ")]),
    library("libgcrypt", &[v("This is Libgcrypt ")]),
    library("GnuTLS", &[v("GnuTLS ")]),
    library("NSS", &[t("$Header: NSS ")]),
    library("TinyXML", &[t("Error when TiXmlDocument added to document")]),
    library("PuTTY", &[t("SSH-2.0-PuTTY")]),
    library("libarchive", &[s("archive_read_"), s("archive_write_"), v("libarchive ")]),
    library("minizip", &[vb(" unzip ", "Gilles Vollant"), vb(" zip ", "Gilles Vollant")]),
    library("miniz", &[t("tdefl_"), t("tinfl_")]),
    library("LZMA SDK", &[vb("7-Zip ", "Igor Pavlov"), t("Igor Pavlov : Public domain")]),
    library("Dear ImGui", &[t("Dear ImGui"), t("imgui.ini")]),
    library("spdlog", &[t("[*** LOG ERROR #%04zu ***]")]),
    library("fmt", &[t("argument not found\0"), t("invalid type specifier\0")]),
];
