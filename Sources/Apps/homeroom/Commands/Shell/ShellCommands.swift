/// `homeroom completion` and `homeroom man`: made from the table of commands, so that they are never behind it.
enum ShellCommands {
    static let all: [Command] = [completion, manual]

    private static let completion = Command(
        path: ["completion"], summary: "write what a shell needs to complete commands and options",
        arguments: [CommandArgument(name: "SHELL", help: "bash, zsh or fish")],
        notes: [
            "bash: put the first example into ~/.bashrc. zsh: write it to a file `_homeroom` in a folder of $fpath. fish: write it to "
                + "~/.config/fish/completions/homeroom.fish."
        ],
        examples: [
            "source <(homeroom completion bash)",
            "homeroom completion zsh > ~/.zfunc/_homeroom",
            "homeroom completion fish > ~/.config/fish/completions/homeroom.fish",
        ],
        run: { invocation in
            let text = invocation.argument(0)
            guard let shell = CompletionShell(rawValue: text) else {
                throw CommandFailure.usage("SHELL: expected bash, zsh or fish, found `\(text)`")
            }
            let script = CompletionScript(commands: Homeroom.commands, shell: shell)
            invocation.terminal.line(script.text)
            return .done
        })

    private static let manual = Command(
        path: ["man"], summary: "write the manual page, for man(1)",
        notes: ["It is roff. To install it: `homeroom man > /usr/local/share/man/man1/homeroom.1`."],
        examples: ["homeroom man | man -l -"],
        run: { invocation in
            invocation.terminal.line(ManualPage(commands: Homeroom.commands).text)
            return .done
        })
}
