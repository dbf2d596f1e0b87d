"""What the checks need to know of a Swift file: its code without comments and strings, and where its functions lie."""

import re

DECLARATION = re.compile(r"(?<![.\w`])(?:func\s+(\S+?)\s*(?=[(<])|(init)[?!]?\s*(?=[(<])|(deinit)\b|(subscript)\s*(?=[(<]))")


def masked(text):
    """The text with every comment and string replaced by blanks; lines and columns stay."""
    output = []
    _scan_code(text, 0, output, closing=None)
    return "".join(output)


def _blank(piece):
    return "".join("\n" if character == "\n" else " " for character in piece)


def _scan_code(text, start, output, closing):
    """Copies code until `closing`, a parenthesis that is not opened here; returns where it stopped."""
    position, depth = start, 0
    while position < len(text):
        rest = text[position:position + 2]
        opening = re.compile(r'(#*)("""|")').match(text, position)
        if rest == "//":
            end = text.find("\n", position)
            end = len(text) if end < 0 else end
            output.append(_blank(text[position:end]))
            position = end
        elif rest == "/*":
            end = _end_of_comment(text, position)
            output.append(_blank(text[position:end]))
            position = end
        elif opening:
            end = _end_of_string(text, opening)
            output.append(_blank(text[position:end]))
            position = end
        else:
            if closing and text[position] == "(":
                depth += 1
            if closing and text[position] == ")":
                if depth == 0:
                    return position
                depth -= 1
            output.append(text[position])
            position += 1
    return position


def _end_of_comment(text, start):
    depth, position = 1, start + 2
    while position < len(text) and depth > 0:
        two = text[position:position + 2]
        depth += {"/*": 1, "*/": -1}.get(two, 0)
        position += 2 if two in ("/*", "*/") else 1
    return position


def _end_of_string(text, opening):
    hashes, quote = opening.groups()
    position = opening.end()
    while position < len(text):
        if text.startswith(quote + hashes, position):
            return position + len(quote) + len(hashes)
        if text.startswith("\\" + hashes, position):
            position += 1 + len(hashes)
            if text.startswith("(", position):
                position = _scan_code(text, position + 1, [], closing=")")
            position += 1
        elif text[position] == "\n" and quote == '"':
            return position
        else:
            position += 1
    return position


def functions(code):
    """Each function of masked code that has a body, as (name, first line, number of lines); lines count from 1."""
    found = []
    for match in DECLARATION.finditer(code):
        body = _body_start(code, match.end())
        if body is None:
            continue
        first = code.count("\n", 0, match.start()) + 1
        last = code.count("\n", 0, _body_end(code, body)) + 1
        found.append((next(filter(None, match.groups())), first, last - first + 1))
    return found


def _body_start(code, position):
    """Where the opening brace of the declaration's body is; None for a requirement without one."""
    depth = 0
    while position < len(code):
        character = code[position]
        if character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif depth == 0 and character == "{":
            return position
        elif depth == 0 and (character == "}" or DECLARATION.match(code, position)):
            return None
        position += 1
    return None


def _body_end(code, position):
    depth = 0
    while position < len(code):
        depth += {"{": 1, "}": -1}.get(code[position], 0)
        if depth == 0:
            return position
        position += 1
    return len(code) - 1
