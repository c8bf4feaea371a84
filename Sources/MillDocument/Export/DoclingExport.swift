import MillValue

extension StructuredDocument {
    /// Where a document comes from, as its Docling form says.
    public struct Origin: Sendable, Hashable {
        public let fileName: String
        /// Such as `application/pdf`.
        public let mediaType: String
        /// A number made of the file's bytes.
        public let hash: UInt64

        public init(fileName: String, mediaType: String, hash: UInt64) {
            self.fileName = fileName
            self.mediaType = mediaType
            self.hash = hash
        }
    }

    /// The document in the JSON form of docling-core's `DoclingDocument`, schema version 1.3; boxes are in points from the top
    /// left corner.
    ///
    /// Running headers and footers are in the content layer `furniture`. Captions of tables are texts that the tables refer to.
    public func doclingDocument(name: String, origin: Origin? = nil) -> Value {
        var writer = DoclingWriter(document: self)
        for item in items { writer.add(item) }
        return writer.value(name: name, origin: origin)
    }
}

/// Collects what a DoclingDocument is made of.
private struct DoclingWriter {
    let document: StructuredDocument
    private var texts: [Value] = []
    private var tables: [Value] = []
    private var pictures: [Value] = []
    private var groups: [Value] = []
    private var body: [Value] = []
    /// The items of the list that is being written.
    private var list: [Value] = []

    init(document: StructuredDocument) { self.document = document }

    mutating func value(name: String, origin: StructuredDocument.Origin?) -> Value {
        closeList()
        var map: ValueMap = ["schema_name": "DoclingDocument", "version": "1.3.0", "name": .string(name)]
        if let origin {
            map["origin"] = [
                "mimetype": .string(origin.mediaType), "binary_hash": .int(Int(origin.hash & UInt64(Int.max))),
                "filename": .string(origin.fileName),
            ]
        }
        map["furniture"] = root("#/furniture", [], layer: "furniture")
        map["body"] = root("#/body", body, layer: "body")
        map["groups"] = .list(groups)
        map["texts"] = .list(texts)
        map["pictures"] = .list(pictures)
        map["tables"] = .list(tables)
        map["key_value_items"] = []
        map["form_items"] = []
        map["pages"] = .map(
            ValueMap(
                document.pages.map { page in
                    let size: Value = ["width": .double(page.width), "height": .double(page.height)]
                    return (String(page.number), ["size": size, "page_no": .int(page.number)])
                }))
        return .map(map)
    }

    private func root(_ reference: String, _ children: [Value], layer: String) -> Value {
        [
            "self_ref": .string(reference), "children": .list(children), "content_layer": .string(layer), "name": "_root_",
            "label": "unspecified",
        ]
    }

    mutating func add(_ item: DocumentItem) {
        if case .listItem(let marker) = item.kind {
            let parent = "#/groups/\(groups.count)"
            let isEnumerated = marker.contains { $0.isNumber || $0.isLetter }
            list.append(
                addText(
                    item.text, "list_item", item.places, parent: parent,
                    ["enumerated": .bool(isEnumerated), "marker": .string(marker)]))
            return
        }
        closeList()
        switch item.kind {
        case .title: body.append(addText(item.text, "title", item.places))
        case .heading(let level):
            body.append(addText(item.text, "section_header", item.places, ["level": .int(min(max(level, 1), 100))]))
        case .paragraph: body.append(addText(item.text, "text", item.places))
        case .caption: body.append(addText(item.text, "caption", item.places))
        case .footnote: body.append(addText(item.text, "footnote", item.places))
        case .pageHeader: body.append(addText(item.text, "page_header", item.places, layer: "furniture"))
        case .pageFooter: body.append(addText(item.text, "page_footer", item.places, layer: "furniture"))
        case .table: add(item, item.table)
        case .picture:
            let reference = "#/pictures/\(pictures.count)"
            pictures.append(.map(figure(reference, "picture", item, captions: [])))
            body.append(["$ref": .string(reference)])
        case .listItem: break
        }
    }

    private mutating func closeList() {
        guard !list.isEmpty else { return }
        let reference = "#/groups/\(groups.count)"
        groups.append([
            "self_ref": .string(reference), "parent": ["$ref": "#/body"], "children": .list(list), "content_layer": "body",
            "name": "list", "label": "list",
        ])
        body.append(["$ref": .string(reference)])
        list = []
    }

    /// Adds a text and returns the reference to it.
    private mutating func addText(
        _ text: PlacedText, _ label: String, _ places: [PagePlace], parent: String = "#/body", layer: String = "body",
        _ more: ValueMap = [:]
    ) -> Value {
        let reference = "#/texts/\(texts.count)"
        var map: ValueMap = [
            "self_ref": .string(reference), "parent": ["$ref": .string(parent)], "children": [], "content_layer": .string(layer),
            "label": .string(label), "prov": provenance(text, places), "orig": .string(text.text), "text": .string(text.text),
        ]
        for (key, value) in more { map[key] = value }
        texts.append(.map(map))
        return ["$ref": .string(reference)]
    }

    private mutating func add(_ item: DocumentItem, _ table: DocumentTable?) {
        guard let table else { return }
        var captions: [Value] = []
        if let caption = table.caption {
            let reference = addText(caption, "caption", boxes(caption))
            body.append(reference)
            captions.append(reference)
        }
        let reference = "#/tables/\(tables.count)"
        var map = figure(reference, "table", item, captions: captions)
        map["data"] = data(table)
        tables.append(.map(map))
        body.append(["$ref": .string(reference)])
    }

    private func figure(_ reference: String, _ label: String, _ item: DocumentItem, captions: [Value]) -> ValueMap {
        [
            "self_ref": .string(reference), "parent": ["$ref": "#/body"], "children": [], "content_layer": "body",
            "label": .string(label), "prov": provenance(item.text, item.places), "captions": .list(captions), "references": [],
            "footnotes": [], "annotations": [],
        ]
    }

    /// One entry for each place, with the characters that stand there.
    private func provenance(_ text: PlacedText, _ places: [PagePlace]) -> Value {
        var ranges = [Range<Int>?](repeating: nil, count: places.count)
        var current = 0
        for piece in text.pieces where !places.isEmpty {
            // Pieces follow the places in their order.
            if let next = places[current...].firstIndex(where: { $0.holds(piece.place) }) { current = next }
            let start = ranges[current]?.lowerBound ?? piece.range.lowerBound
            ranges[current] = start..<max(start, piece.range.upperBound)
        }
        return .list(
            zip(places, ranges).map { place, range in
                let range = range ?? 0..<(places.count == 1 ? text.count : 0)
                return [
                    "page_no": .int(place.page), "bbox": box(place.box),
                    "charspan": [.int(range.lowerBound), .int(range.upperBound)],
                ]
            })
    }

    private func box(_ box: PageBox) -> Value {
        [
            "l": .double(box.left), "t": .double(box.top), "r": .double(box.right), "b": .double(box.bottom),
            "coord_origin": "TOPLEFT",
        ]
    }

    /// One box for each page.
    private func boxes(_ text: PlacedText) -> [PagePlace] {
        var places: [PagePlace] = []
        for piece in text.pieces {
            if let last = places.last, last.page == piece.place.page {
                places[places.count - 1] = PagePlace(page: last.page, box: last.box.union(piece.place.box))
            } else {
                places.append(piece.place)
            }
        }
        return places
    }

    private func data(_ table: DocumentTable) -> Value {
        let cells = table.cells.map { cell($0, table) }
        var map: ValueMap = [
            "table_cells": .list(cells), "num_rows": .int(table.rowCount), "num_cols": .int(table.columnCount),
        ]
        // Readers make the grid of the cells; where large cells would be repeated over and over, they have to.
        let size = table.cells.reduce(table.rowCount * table.columnCount) { $0 + $1.rowSpan * $1.columnSpan * $1.text.count }
        if size < 2_000_000 { map["grid"] = grid(table, cells) }
        return .map(map)
    }

    private func cell(_ cell: DocumentTable.Cell, _ table: DocumentTable) -> Value {
        var map: ValueMap = [:]
        if let box = boxes(cell.text).first?.box { map["bbox"] = self.box(box) }
        map["row_span"] = .int(cell.rowSpan)
        map["col_span"] = .int(cell.columnSpan)
        map["start_row_offset_idx"] = .int(cell.row)
        map["end_row_offset_idx"] = .int(cell.row + cell.rowSpan)
        map["start_col_offset_idx"] = .int(cell.column)
        map["end_col_offset_idx"] = .int(cell.column + cell.columnSpan)
        map["text"] = .string(cell.text.text)
        map["column_header"] = .bool(cell.row < table.headerRowCount)
        map["row_header"] = .bool(cell.row >= table.headerRowCount && cell.column < table.headerColumnCount)
        map["row_section"] = false
        return .map(map)
    }

    private func grid(_ table: DocumentTable, _ cells: [Value]) -> Value {
        var rows: [[Value]] = (0..<table.rowCount).map { row in
            (0..<table.columnCount).map { column in
                cell(DocumentTable.Cell(row: row, column: column, text: PlacedText()), table)
            }
        }
        for (cell, value) in zip(table.cells, cells) {
            for row in cell.row..<min(cell.row + cell.rowSpan, table.rowCount) {
                for column in cell.column..<min(cell.column + cell.columnSpan, table.columnCount) { rows[row][column] = value }
            }
        }
        return .list(rows.map { .list($0) })
    }
}

extension PagePlace {
    fileprivate func holds(_ other: PagePlace) -> Bool {
        page == other.page && other.box.middleX >= box.left && other.box.middleX <= box.right && other.box.middleY >= box.top
            && other.box.middleY <= box.bottom
    }
}
