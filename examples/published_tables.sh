#!/bin/sh
# Recompute published tables from what was published with them, one command a table, and set each figure beside the
# published one:
#
#     examples/published_tables.sh [DATA]
#
# DATA is the folder of public data; shared/data beside the checkout if left out. TUNESMITH is the program, if it is not
# on the path. Leaves with 1 if a figure differs in the digits that were published.
#
# The published figures are in published_figures.csv, the counts of Explore-Instruct, which published no reviews, in
# explore_instruct_counts.csv: both from the README of that project (Wan et al., 2023).
set -u
here=$(cd "$(dirname "$0")" && pwd)
data=${1:-$here/../../shared/data}
cd "$data" 2>/dev/null || {
    echo "published_tables.sh: there is no public data in $data; give its folder: published_tables.sh DATA" >&2
    exit 2
}
${TUNESMITH:-tunesmith} --version >/dev/null 2>&1 || {
    echo "published_tables.sh: there is no tunesmith on the path; activate its environment, or set TUNESMITH" >&2
    exit 2
}
tunesmith() { ${TUNESMITH:-command tunesmith} "$@"; }
compare() { python3 "$here/published_tables.py" "$1"; }
export here
differ=0

# table NAME TITLE COMMAND: what the command prints beside what was published
table() {
    printf '\n%s\n$ %s\n' "$2" "$3"
    found=$(eval "$3 --json") && printf '%s' "$found" | compare "$1" || differ=1
}

table expertllama "ExpertLLaMA: seven models against ChatGPT on Vicuna's 80 questions (the published 96 % is floored)" \
    'tunesmith verdict expertllama/reviews_vs_chatgpt/*.jsonl --rule relative-score'
table alpagasus2 "AlpaGasus2 against Alpaca2 on Koala's 180, in both orders: questions won / tied / lost" \
    'tunesmith verdict alpagasus2_qlora/*.json --rule both-orders'
table fastchat "FastChat: four models against Vicuna on its 80 questions, totals of points" \
    'tunesmith verdict fastchat/reviews/*.jsonl --rule relative-score'
table alpaca_eval "AlpacaEval: Alpaca-7B against text-davinci-003 on 805 questions" \
    'tunesmith verdict alpaca_eval/*_annotations.json.xz --rule win-rate --rule both-orders'
table gpt4llm_bars "GPT-4-LLM: bars (percentages are rounded, totals rounded half to even)" \
    'tunesmith verdict gpt4llm/published_figures.json --rule relative-score'
table gpt4llm_ranks "GPT-4-LLM: answers by rank" \
    'tunesmith verdict gpt4llm/published_figures.json --rule relative-score'
table gpt4llm_rouge "GPT-4-LLM: ROUGE-L by length of the reference, in percent (the file 6-10 calls its length 5-10)" \
    'tunesmith rouge gpt4llm/eval_unnatural_instructions/*.json'
table gpt4llm_hhh "GPT-4-LLM: what people preferred, in percent: the first / tie / the second" \
    'tunesmith votes gpt4llm/published_figures.json'
table explore_instruct "Explore-Instruct: beat rates in two domains" \
    'tunesmith verdict "$here"/explore_instruct_counts.csv --rule beat-rate'

exit $differ
