import Base
import Items
import Policies

extension AWSCommandText {
    /// The command of an action on items that is no statement; nil for any other.
    func itemWords(_ asked: AskedRequest) -> Words? {
        let table = ["--table-name", asked.table]
        let index = asked.index.map { ["--index-name", $0] } ?? []
        switch asked.action {
        case .getItem where asked.text(.enclosingOperation) == "TransactGetItems":
            return transaction("transact-get-items", "Get", asked)
        case .getItem:
            return Words(words: ["get-item"] + table + key(asked) + projection(asked) + options(asked))
        case .putItem where isInTransaction(asked): return transaction("transact-write-items", "Put", asked)
        case .putItem:
            return Words(words: ["put-item"] + table + item(asked) + options(asked))
        case .updateItem where isInTransaction(asked):
            return transaction("transact-write-items", "Update", asked)
        case .updateItem:
            return Words(words: ["update-item"] + table + key(asked) + update(asked) + options(asked))
        case .deleteItem where isInTransaction(asked):
            return transaction("transact-write-items", "Delete", asked)
        case .deleteItem: return Words(words: ["delete-item"] + table + key(asked) + options(asked))
        case .conditionCheckItem: return transaction("transact-write-items", "ConditionCheck", asked)
        case .query:
            return Words(words: ["query"] + table + index + keyCondition(asked) + options(asked))
        case .scan:
            return Words(words: ["scan"] + table + index + projection(asked) + options(asked))
        case .batchGetItem:
            return Words(words: ["batch-get-item", "--request-items", batchGet(asked)] + options(asked))
        case .batchWriteItem:
            return Words(words: ["batch-write-item", "--request-items", batchWrite(asked)] + options(asked))
        default: return nil
        }
    }

    private func isInTransaction(_ asked: AskedRequest) -> Bool {
        asked.text(.enclosingOperation) == "TransactWriteItems"
    }

    private func key(_ asked: AskedRequest) -> [String] {
        ["--key", AWSCommandText.json { asked.writeKeyObject(asked.partitions[0], to: &$0) }]
    }

    private func item(_ asked: AskedRequest) -> [String] {
        ["--item", AWSCommandText.json { asked.writeItem(asked.partitions[0], to: &$0) }]
    }

    /// What the context says of the answer that is wanted.
    private func options(_ asked: AskedRequest) -> [String] {
        [
            ("--select", ConditionKey.select), ("--return-values", .returnValues),
            ("--return-consumed-capacity", .returnConsumedCapacity),
        ].flatMap { option, key in asked.text(key).map { [option, $0] } ?? [] }
    }

    /// `--projection-expression` with the attributes that the request names, where it names others than keys.
    private func projection(_ asked: AskedRequest) -> [String] {
        let names = asked.texts(.attributes)
        guard !names.isEmpty else { return [] }
        return ["--projection-expression", placeholders(names).joined(separator: ",")] + nameOption(names)
    }

    private func placeholders(_ names: [String]) -> [String] { names.indices.map { "#n\($0)" } }

    private func nameOption(_ names: [String]) -> [String] {
        let json = AWSCommandText.json { json in
            json.beginObject()
            for (placeholder, name) in zip(placeholders(names), names) {
                json.name(text: placeholder)
                json.string(name)
            }
            json.endObject()
        }
        return ["--expression-attribute-names", json]
    }

    /// Sets the attributes that the request names, or one.
    private func update(_ asked: AskedRequest) -> [String] {
        let names = asked.otherAttributes.isEmpty ? ["example"] : asked.otherAttributes
        let expression = "SET " + placeholders(names).map { "\($0) = :v" }.joined(separator: ", ")
        let values = AWSCommandText.json { json in
            json.beginObject()
            json.name(":v")
            AskedRequest.write("example", .string, to: &json)
            json.endObject()
        }
        return ["--update-expression", expression] + nameOption(names) + [
            "--expression-attribute-values", values,
        ]
    }

    private func keyCondition(_ asked: AskedRequest) -> [String] {
        let attributes = asked.key.partitions
        let expression = attributes.indices.map { "#n\($0) = :k\($0)" }.joined(separator: " AND ")
        let values = AWSCommandText.json { json in
            json.beginObject()
            for (place, attribute) in attributes.enumerated() {
                json.name(text: ":k\(place)")
                let text = place == 0 ? asked.partitions[0] : AskedRequest.example(attribute.type)
                AskedRequest.write(text, attribute.type, to: &json)
            }
            json.endObject()
        }
        return ["--key-condition-expression", expression] + nameOption(attributes.map(\.name))
            + ["--expression-attribute-values", values]
    }

    private func batchGet(_ asked: AskedRequest) -> String {
        AWSCommandText.json { json in
            json.beginObject()
            json.name(text: asked.table)
            json.beginObject()
            json.name("Keys")
            json.beginArray()
            for partition in asked.partitions { asked.writeKeyObject(partition, to: &json) }
            json.endArray()
            json.endObject()
            json.endObject()
        }
    }

    private func batchWrite(_ asked: AskedRequest) -> String {
        AWSCommandText.json { json in
            json.beginObject()
            json.name(text: asked.table)
            json.beginArray()
            for partition in asked.partitions {
                json.beginObject()
                json.name("PutRequest")
                json.beginObject()
                json.name("Item")
                asked.writeItem(partition, to: &json)
                json.endObject()
                json.endObject()
            }
            json.endArray()
            json.endObject()
        }
    }

    /// A transaction of this action alone, once for each partition key.
    private func transaction(_ command: String, _ action: String, _ asked: AskedRequest) -> Words {
        let items = AWSCommandText.json { json in
            json.beginArray()
            for partition in asked.partitions {
                json.beginObject()
                json.name(text: action)
                json.beginObject()
                json.name("TableName")
                json.string(asked.table)
                json.name(text: action == "Put" ? "Item" : "Key")
                if action == "Put" {
                    asked.writeItem(partition, to: &json)
                } else {
                    asked.writeKeyObject(partition, to: &json)
                }
                writeExpression(action, asked, to: &json)
                json.endObject()
                json.endObject()
            }
            json.endArray()
        }
        return Words(words: [command, "--transact-items", items])
    }

    private func writeExpression(_ action: String, _ asked: AskedRequest, to json: inout JSONWriter) {
        switch action {
        case "ConditionCheck":
            json.name("ConditionExpression")
            json.string("attribute_exists(#n0)")
            json.name("ExpressionAttributeNames")
            json.beginObject()
            json.name("#n0")
            json.string(asked.tableKey.partition.name)
            json.endObject()
        case "Update":
            json.name("UpdateExpression")
            json.string("REMOVE #n0")
            json.name("ExpressionAttributeNames")
            json.beginObject()
            json.name("#n0")
            json.string(asked.otherAttributes.first ?? "example")
            json.endObject()
        default: return
        }
    }
}
