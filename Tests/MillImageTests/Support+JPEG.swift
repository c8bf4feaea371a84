import CJPEG
import Glibc

/// Writes JPEG files of every kind with libjpeg's own encoder.
struct TestJPEG {
    var width: Int
    var height: Int
    /// The samples' meaning, and how many lie together: 1 grey, 3 RGB, 4 CMYK.
    var input: J_COLOR_SPACE = JCS_RGB
    /// How the file stores them.
    var stored: J_COLOR_SPACE = JCS_YCbCr
    /// Horizontal and vertical sampling of the first component; the others have 1 x 1.
    var sampling: (CInt, CInt) = (1, 1)
    var isProgressive = false
    var isArithmetic = false
    var restartInterval: UInt32 = 0
    var quality: CInt = 95
    /// An APP1 segment's content.
    var exif: [UInt8] = []
    var samples: [UInt8]

    func encoded() -> [UInt8] {
        var info = jpeg_compress_struct()
        var errors = jpeg_error_mgr()
        info.err = jpeg_std_error(&errors)
        jpeg_CreateCompress(&info, JPEG_LIB_VERSION, MemoryLayout<jpeg_compress_struct>.size)
        defer { jpeg_destroy_compress(&info) }
        var buffer: UnsafeMutablePointer<UInt8>?
        var byteCount: UInt = 0
        jpeg_mem_dest(&info, &buffer, &byteCount)
        info.image_width = JDIMENSION(width)
        info.image_height = JDIMENSION(height)
        info.in_color_space = input
        info.input_components = input == JCS_GRAYSCALE ? 1 : input == JCS_CMYK ? 4 : 3
        jpeg_set_defaults(&info)
        jpeg_set_colorspace(&info, stored)
        jpeg_set_quality(&info, quality, 1)
        info.comp_info[0].h_samp_factor = sampling.0
        info.comp_info[0].v_samp_factor = sampling.1
        if stored == JCS_YCCK || stored == JCS_CMYK {
            // Black is sampled like the first component.
            info.comp_info[3].h_samp_factor = sampling.0
            info.comp_info[3].v_samp_factor = sampling.1
        }
        info.restart_interval = restartInterval
        info.arith_code = isArithmetic ? 1 : 0
        if isProgressive { jpeg_simple_progression(&info) }
        jpeg_start_compress(&info, 1)
        if !exif.isEmpty { jpeg_write_marker(&info, 0xE1, exif, UInt32(exif.count)) }
        let rowByteCount = width * Int(info.input_components)
        for y in 0..<height {
            var row = Array(samples[y * rowByteCount..<(y + 1) * rowByteCount])
            row.withUnsafeMutableBufferPointer { row in
                var start = row.baseAddress
                _ = jpeg_write_scanlines(&info, &start, 1)
            }
        }
        jpeg_finish_compress(&info)
        defer { free(buffer) }
        return Array(UnsafeBufferPointer(start: buffer, count: Int(byteCount)))
    }

    /// A smooth picture, which survives compression and subsampling well: RGB `[height, width, 3]`.
    static func smooth(width: Int, height: Int) -> [UInt8] {
        var samples: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                let red = 20 + x * 200 / width, green = 230 - y * 200 / height
                let blue = 40 + (x + y) * 150 / (width + height)
                samples += [UInt8(red), UInt8(green), UInt8(blue)]
            }
        }
        return samples
    }
}

/// TIFF blocks with an orientation tag.
enum TestEXIF {
    static func tiff(orientation: UInt8, isLittleEndian: Bool, entryCount: UInt8 = 1) -> [UInt8] {
        isLittleEndian
            ? [0x49, 0x49, 42, 0, 8, 0, 0, 0, entryCount, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0]
            : [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, entryCount, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
    }

    static func segment(orientation: UInt8, isLittleEndian: Bool) -> [UInt8] {
        Array("Exif".utf8) + [0, 0] + tiff(orientation: orientation, isLittleEndian: isLittleEndian)
    }
}
