public import MillValue

extension ReportRecord {
    /// The JSON Schema (draft 2020-12) of ``value``. `docs/schemas/report-record.schema.json` is the same text.
    public static let schemaText = #"""
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "$id": "urn:millrace:report-record:1",
          "title": "What was read from one document",
          "type": "object",
          "properties": {
            "format": {"description": "The name and version of this format.", "const": "millrace.report/1"},
            "file": {"type": "string", "minLength": 1, "description": "The path below the folder of documents."},
            "sha256": {"type": "string", "description": "The SHA-256 of the file, in hexadecimal digits."},
            "status": {
              "description": "partial: read, but some pages or checks failed. skipped: not read, because the same content was read under another name or it is no document.",
              "enum": ["success", "partial", "failed", "skipped"]
            },
            "reason": {"description": "Why it is not a success.", "type": ["string", "null"]},
            "language": {"description": "en, zh or mixed.", "type": ["string", "null"]},
            "pages": {"description": "In their order.", "type": "array", "items": {"$ref": "#/$defs/page"}},
            "fields": {
              "description": "Several values of one field are several entries, the best first.",
              "type": "array",
              "items": {"$ref": "#/$defs/field"}
            },
            "figures": {
              "description": "Values of metrics, with their periods.",
              "type": "array",
              "items": {"$ref": "#/$defs/figure"}
            },
            "tables": {"description": "In reading order.", "type": "array", "items": {"$ref": "#/$defs/table"}},
            "findings": {
              "description": "What does not fit together; nothing is corrected because of it.",
              "type": "array",
              "items": {"$ref": "#/$defs/finding"}
            }
          },
          "required": [
            "format",
            "file",
            "sha256",
            "status",
            "reason",
            "language",
            "pages",
            "fields",
            "figures",
            "tables",
            "findings"
          ],
          "additionalProperties": false,
          "$defs": {
            "page": {
              "description": "A page.",
              "type": "object",
              "properties": {
                "page": {"description": "Counted from 1.", "type": "integer", "minimum": 1},
                "width": {"description": "In points, as displayed.", "type": "number", "minimum": 0},
                "height": {"description": "In points, as displayed.", "type": "number", "minimum": 0},
                "source": {
                  "description": "Where the words come from: the text layer of the file, character recognition, or there are none.",
                  "enum": ["text", "recognition", "none"]
                },
                "turn": {
                  "description": "By how many degrees clockwise the text on the page is turned.",
                  "enum": [0, 90, 180, 270]
                }
              },
              "required": ["page", "width", "height", "source", "turn"],
              "additionalProperties": false
            },
            "place": {
              "description": "A box on a page.",
              "type": "object",
              "properties": {
                "page": {"description": "Counted from 1.", "type": "integer", "minimum": 1},
                "box": {"$ref": "#/$defs/box"}
              },
              "required": ["page", "box"],
              "additionalProperties": false
            },
            "box": {
              "description": "[left, top, right, bottom] in points (1/72 inch) from the top left corner of the page as it is displayed, rounded to 0.01.",
              "type": "array",
              "items": {"type": "number"},
              "minItems": 4,
              "maxItems": 4
            },
            "range": {
              "description": "[first, behind the last] of code points.",
              "type": "array",
              "items": {"type": "integer", "minimum": 0},
              "minItems": 2,
              "maxItems": 2
            },
            "flags": {"description": "Codes of the findings that touch it.", "type": "array", "items": {"type": "string"}},
            "origin": {
              "description": "Where a value was read from.",
              "type": "object",
              "properties": {
                "raw": {"type": "string", "description": "The words as they stand there."},
                "places": {
                  "description": "One box for each line that it stands in.",
                  "type": "array",
                  "items": {"$ref": "#/$defs/place"}
                },
                "range": {"description": "Where the words stand in the document's text.", "$ref": "#/$defs/range"},
                "in_table": {"description": "Whether a table or the running text has it.", "type": "boolean"},
                "confidence": {
                  "description": "How sure the recognition of the words was; 1 for words of a text layer.",
                  "type": "number",
                  "minimum": 0,
                  "maximum": 1
                }
              },
              "required": ["raw", "places", "range", "in_table", "confidence"],
              "additionalProperties": false
            },
            "origins": {
              "description": "Where the value stands, the best first. No value is without one.",
              "type": "array",
              "items": {"$ref": "#/$defs/origin"},
              "minItems": 1
            },
            "unit": {
              "description": "CNY, HKD, percent, basis_points, percentage_points, times, shares, count, CNY per share, …; null when the document does not tell.",
              "type": ["string", "null"]
            },
            "amount": {
              "description": "A number in base units: 1.2bn is 1200000000, 12.5 % is 12.5 with the unit percent.",
              "type": "object",
              "properties": {"value": {"type": "number"}, "unit": {"$ref": "#/$defs/unit"}},
              "required": ["value", "unit"],
              "additionalProperties": false
            },
            "field": {
              "description": "A fact about the document.",
              "oneOf": [
                {
                  "description": "A name or a word.",
                  "type": "object",
                  "properties": {
                    "name": {"type": "string", "description": "company, ticker, rating, target_price, …"},
                    "type": {"const": "text"},
                    "value": {"type": "string"},
                    "provenance": {"$ref": "#/$defs/origins"},
                    "flags": {"$ref": "#/$defs/flags"}
                  },
                  "required": ["name", "type", "value", "provenance", "flags"],
                  "additionalProperties": false
                },
                {
                  "description": "A number with its unit.",
                  "type": "object",
                  "properties": {
                    "name": {"type": "string", "description": "company, ticker, rating, target_price, …"},
                    "type": {"const": "amount"},
                    "value": {"description": "In base units: 1.2bn is 1200000000.", "type": "number"},
                    "unit": {"$ref": "#/$defs/unit"},
                    "provenance": {"$ref": "#/$defs/origins"},
                    "flags": {"$ref": "#/$defs/flags"}
                  },
                  "required": ["name", "type", "value", "unit", "provenance", "flags"],
                  "additionalProperties": false
                },
                {
                  "description": "A day.",
                  "type": "object",
                  "properties": {
                    "name": {"type": "string", "description": "company, ticker, rating, target_price, …"},
                    "type": {"const": "date"},
                    "value": {"type": "string", "description": "2025-03-14"},
                    "provenance": {"$ref": "#/$defs/origins"},
                    "flags": {"$ref": "#/$defs/flags"}
                  },
                  "required": ["name", "type", "value", "provenance", "flags"],
                  "additionalProperties": false
                },
                {
                  "description": "A rating.",
                  "type": "object",
                  "properties": {
                    "name": {"type": "string", "description": "company, ticker, rating, target_price, …"},
                    "type": {"const": "rating"},
                    "value": {"type": "string", "description": "As printed."},
                    "scale": {"description": "null for a word that is on no scale.", "enum": ["buy", "hold", "sell", null]},
                    "provenance": {"$ref": "#/$defs/origins"},
                    "flags": {"$ref": "#/$defs/flags"}
                  },
                  "required": ["name", "type", "value", "scale", "provenance", "flags"],
                  "additionalProperties": false
                }
              ]
            },
            "figure": {
              "description": "The value of a metric in a period.",
              "type": "object",
              "properties": {
                "name": {"type": "string", "description": "As the document names it, without notes and units."},
                "period": {
                  "description": "2025FY, 2025H1, 2025Q3, 2025M9 or 2025-06-30; as it stands where that fails; null when there is none.",
                  "type": ["string", "null"]
                },
                "value": {
                  "description": "In base units: 1.2bn is 1200000000, 12.5 % is 12.5 with the unit percent. null where the document tells only a change.",
                  "type": ["number", "null"]
                },
                "unit": {"$ref": "#/$defs/unit"},
                "change": {
                  "description": "What it changed by, in percent, percentage points or basis points.",
                  "anyOf": [{"$ref": "#/$defs/amount"}, {"type": "null"}]
                },
                "kind": {"enum": ["actual", "estimate", "consensus", null]},
                "provenance": {"$ref": "#/$defs/origins"},
                "name_provenance": {
                  "description": "Where the name stands.",
                  "anyOf": [{"$ref": "#/$defs/origin"}, {"type": "null"}]
                },
                "period_provenance": {
                  "description": "Where the period stands.",
                  "anyOf": [{"$ref": "#/$defs/origin"}, {"type": "null"}]
                },
                "change_provenance": {
                  "description": "Where the change stands.",
                  "anyOf": [{"$ref": "#/$defs/origin"}, {"type": "null"}]
                },
                "flags": {"$ref": "#/$defs/flags"}
              },
              "required": [
                "name",
                "period",
                "value",
                "unit",
                "change",
                "kind",
                "provenance",
                "name_provenance",
                "period_provenance",
                "change_provenance",
                "flags"
              ],
              "additionalProperties": false
            },
            "table": {
              "description": "A table; one that goes on over pages is one table.",
              "type": "object",
              "properties": {
                "caption": {"description": "What stands above or below it as its name or unit.", "type": ["string", "null"]},
                "places": {"description": "One box for each page.", "type": "array", "items": {"$ref": "#/$defs/place"}},
                "rows": {"description": "How many.", "type": "integer", "minimum": 0},
                "columns": {"description": "How many.", "type": "integer", "minimum": 0},
                "header_rows": {
                  "description": "How many rows at the top name the columns.",
                  "type": "integer",
                  "minimum": 0
                },
                "header_columns": {
                  "description": "How many columns at the left name the rows.",
                  "type": "integer",
                  "minimum": 0
                },
                "ruled": {"description": "Whether lines are drawn between its cells.", "type": "boolean"},
                "printed_caption": {
                  "description": "The caption with its places.",
                  "anyOf": [{"$ref": "#/$defs/placed_text"}, {"type": "null"}]
                },
                "cells": {
                  "description": "Row by row, from the left; empty cells are left out.",
                  "type": "array",
                  "items": {"$ref": "#/$defs/cell"}
                }
              },
              "required": [
                "caption",
                "places",
                "rows",
                "columns",
                "header_rows",
                "header_columns",
                "ruled",
                "printed_caption",
                "cells"
              ],
              "additionalProperties": false
            },
            "cell": {
              "description": "A cell of a table.",
              "type": "object",
              "properties": {
                "row": {"description": "Counted from 0.", "type": "integer", "minimum": 0},
                "column": {"description": "Counted from 0.", "type": "integer", "minimum": 0},
                "row_span": {"description": "How many rows it covers.", "type": "integer", "minimum": 1},
                "column_span": {"description": "How many columns it covers.", "type": "integer", "minimum": 1},
                "text": {"type": "string"},
                "places": {"description": "The places of its words.", "type": "array", "items": {"$ref": "#/$defs/word"}}
              },
              "required": ["row", "column", "row_span", "column_span", "text", "places"],
              "additionalProperties": false
            },
            "placed_text": {
              "description": "Text with its places.",
              "type": "object",
              "properties": {
                "text": {"type": "string"},
                "places": {"description": "The places of its words.", "type": "array", "items": {"$ref": "#/$defs/word"}}
              },
              "required": ["text", "places"],
              "additionalProperties": false
            },
            "word": {
              "description": "Where a part of a text stands.",
              "type": "object",
              "properties": {
                "page": {"description": "Counted from 1.", "type": "integer", "minimum": 1},
                "box": {"$ref": "#/$defs/box"},
                "range": {"description": "The part of the text.", "$ref": "#/$defs/range"},
                "confidence": {
                  "description": "How sure the recognition was; 1 where it is left out.",
                  "type": "number",
                  "minimum": 0,
                  "maximum": 1
                }
              },
              "required": ["page", "box", "range"],
              "additionalProperties": false
            },
            "finding": {
              "description": "Something that does not fit together.",
              "type": "object",
              "properties": {
                "code": {"type": "string", "description": "conflict, sum, growth, low_confidence, unit_unknown, …"},
                "message": {"type": "string", "description": "One sentence that names both sides."},
                "places": {"description": "Where both sides stand.", "type": "array", "items": {"$ref": "#/$defs/place"}}
              },
              "required": ["code", "message", "places"],
              "additionalProperties": false
            }
          }
        }

        """#

    /// ``schemaText``, read.
    public static let schema: Value = (try? JSON.parse(schemaText)) ?? .null
}
