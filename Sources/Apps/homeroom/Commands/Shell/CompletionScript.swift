/// A shell's script that completes the words of a command line.
struct CompletionScript {
    private let places: [CompletionPlace]
    private let shell: CompletionShell

    init(commands: [Command], shell: CompletionShell) {
        places = CompletionPlace.all(of: commands)
        self.shell = shell
    }

    /// The script, without an end of line at its end.
    var text: String {
        switch shell {
        case .bash: bash
        case .zsh: zsh
        case .fish: fish
        }
    }

    // MARK: bash

    private var bash: String {
        let cases = places.map { place in
            """
                    \(ShellText.posix(place.name)))
                        words=\(ShellText.posix(place.words.map(\.0).joined(separator: " ")))
                        options=\(CompletionScript.list(place.options))
                        values=\(CompletionScript.list(place.options.filter { $0.value != nil }))
                        files=\(CompletionScript.list(place.options.filter(CompletionScript.isFile)))
                        choices=\(ShellText.posix(CompletionScript.choices(place.options)))
                        takesFiles=\(place.takesFiles ? "yes" : "") ;;
            """
        }
        return #"""
            # Completions of homeroom for bash: source <(homeroom completion bash)
            _homeroom_place() {
                case $1 in
            """# + "\n" + cases.joined(separator: "\n") + "\n" + #"""
                        *) return 1 ;;
                    esac
                }

                _homeroom() {
                    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} place='' index choice
                    local words options values files choices takesFiles
                    COMPREPLY=()
                    # bash takes `--output=json` for three words.
                    if [[ $word == = ]]; then
                        word=''
                    elif [[ $previous == = ]]; then
                        previous=${COMP_WORDS[COMP_CWORD-2]}
                    fi
                    _homeroom_place ''
                    for ((index = 1; index < COMP_CWORD; index++)); do
                        _homeroom_place "${place:+$place }${COMP_WORDS[index]}" || break
                        place="${place:+$place }${COMP_WORDS[index]}"
                    done
                    _homeroom_place "$place"
                    for choice in $choices; do
                        if [[ $choice == "$previous="* ]]; then
                            COMPREPLY=($(compgen -W "$(tr , ' ' <<<"${choice#*=}")" -- "$word"))
                            return
                        fi
                    done
                    if [[ " $files " == *" $previous "* || ( -n $takesFiles && $word != -* && " $values " != *" $previous "* ) ]]; then
                        compopt -o filenames
                        mapfile -t COMPREPLY < <(compgen -f -- "$word")
                    elif [[ " $values " == *" $previous "* ]]; then
                        return
                    elif [[ $word == -* || -z $words ]]; then
                        COMPREPLY=($(compgen -W "$options" -- "$word"))
                    else
                        COMPREPLY=($(compgen -W "$words" -- "$word"))
                    fi
                }
                complete -F _homeroom homeroom
                """#
    }

    private static func isFile(_ option: CommandOption) -> Bool {
        option.value.map(CompletionPlace.isFile) ?? false
    }

    private static func list(_ options: [CommandOption]) -> String {
        ShellText.posix(options.map { "--\($0.name)" }.joined(separator: " "))
    }

    private static func choices(_ options: [CommandOption]) -> String {
        options.filter { !$0.choices.isEmpty }.map { "--\($0.name)=\($0.choices.joined(separator: ","))" }
            .joined(
                separator: " ")
    }

    // MARK: zsh

    private var zsh: String {
        func described(_ items: [(String, String)]) -> String {
            items.map { name, help in
                let colons = help.split(separator: ":", omittingEmptySubsequences: false).joined(
                    separator: #"\:"#)
                return ShellText.posix(help.isEmpty ? name : "\(name):\(colons)")
            }.joined(separator: " ")
        }
        let cases = places.map { place in
            """
                    \(ShellText.posix(place.name)))
                        names=(\(described(place.words)))
                        options=(\(described(place.options.map { ("--\($0.name)", $0.help) })))
                        values=(\(place.options.filter { $0.value != nil }.map { "--\($0.name)" }.joined(separator: " ")))
                        files=(\(place.options.filter(CompletionScript.isFile).map { "--\($0.name)" }.joined(separator: " ")))
                        choices=(\(CompletionScript.choices(place.options)))
                        takesFiles=\(place.takesFiles ? 1 : 0) ;;
            """
        }
        return #"""
            #compdef homeroom
            # Completions of homeroom for zsh: a file `_homeroom` in a folder of $fpath.
            _homeroom_place() {
                case $1 in
            """# + "\n" + cases.joined(separator: "\n") + "\n" + #"""
                        *) return 1 ;;
                    esac
                }

                _homeroom() {
                    local place='' previous=${words[CURRENT-1]} choice
                    local -a names options values files choices
                    integer index takesFiles
                    _homeroom_place ''
                    for ((index = 2; index < CURRENT; index++)); do
                        _homeroom_place "${place:+$place }${words[index]}" || break
                        place="${place:+$place }${words[index]}"
                    done
                    _homeroom_place "$place"
                    for choice in $choices; do
                        if [[ $choice == "$previous="* ]]; then
                            compadd -- ${(s:,:)choice#*=}
                            return
                        fi
                    done
                    if (( ${files[(Ie)$previous]} )); then
                        _files
                    elif (( ${values[(Ie)$previous]} )); then
                        _message value
                    elif [[ $PREFIX == -* ]]; then
                        _describe -o option options
                    elif (( takesFiles )); then
                        _files
                    elif (( $#names )); then
                        _describe command names
                    else
                        _describe -o option options
                    fi
                }
                if [[ $funcstack[1] == _homeroom ]]; then _homeroom "$@"; else compdef _homeroom homeroom; fi
                """#
    }

    // MARK: fish

    private var fish: String {
        var lines = [
            "# Completions of homeroom for fish: ~/.config/fish/completions/homeroom.fish",
            "set -g __homeroom_places "
                + places.dropFirst().map { ShellText.fish($0.name) }.joined(separator: " "),
            #"""
            function __homeroom_at
                set -l place
                for word in (commandline -opc)[2..-1]
                    if contains -- (string join -- ' ' $place $word) $__homeroom_places
                        set -a place $word
                    else
                        break
                    end
                end
                test (string join -- ' ' '' $place) = (string join -- ' ' '' $argv)
            end
            complete -c homeroom -f
            """#,
        ]
        for place in places {
            let at = "complete -c homeroom -n \(ShellText.fish("__homeroom_at \(place.name)"))"
            for (word, help) in place.words { lines.append("\(at) -a \(word) -d \(ShellText.fish(help))") }
            for option in place.options {
                let kind =
                    option.value == nil
                    ? ""
                    : CompletionScript.isFile(option)
                        ? " -r -F"
                        : option.choices.isEmpty
                            ? " -x" : " -x -a \(ShellText.fish(option.choices.joined(separator: " ")))"
                lines.append("\(at) -l \(option.name)\(kind) -d \(ShellText.fish(option.help))")
            }
            if place.takesFiles { lines.append("\(at) -F") }
        }
        return lines.joined(separator: "\n")
    }
}
