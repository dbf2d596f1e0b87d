import Base
import Items

/// An item from its JSON.
func item(_ json: String) throws(ItemError) -> Item { try Item(decoding: Array(json.utf8)) }

/// Names and values that the tables of the tests share.
func sharedAttributes() throws(ItemError) -> ExpressionAttributes {
    let json = """
        {":a":{"S":"a"},":b":{"S":"b"},":empty":{"S":""},":one":{"N":"1"},":two":{"N":"2"},":ten":{"N":"10"},
        ":bin":{"B":"AQI="},":true":{"BOOL":true},":null":{"NULL":true},":list":{"L":[{"S":"x"}]},":map":{"M":{"x":{"N":"1"}}},
        ":ss":{"SS":["a","b"]},":ns":{"NS":["1","2"]},":bs":{"BS":["AQI="]},":S":{"S":"S"},":SS":{"S":"SS"},":Q":{"S":"Q"}}
        """
    var reader = JSONReader(Array(json.utf8))
    return ExpressionAttributes(
        names: ["#a": "a", "#c": "c", "#dot": "x.y", "#three": "[3]", "#name": "name"],
        values: try ExpressionAttributes.readValues(from: &reader))
}
