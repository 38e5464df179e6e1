# SPDX-License-Identifier: Apache-2.0
# awk -f embed.awk FILE...: the table of varlink/interfaces.h as C. The order is that of the files.

BEGIN {
        print "/* Made by embed.awk. */"
        print "#include \"varlink/interfaces.h\""
        print "#include <stddef.h>"
        print "const struct varlink_interface varlink_interfaces[] = {"
}

FNR == 1 {
        if (NR > 1)
                print "        },"
        name = FILENAME
        sub(/.*\//, "", name)
        sub(/\.varlink$/, "", name)
        printf "        {\n                \"%s\",\n", name
}

{
        gsub(/[\\"]/, "\\\\&")
        printf "                \"%s\\n\"\n", $0
}

END {
        print "        },"
        print "        { NULL, NULL },"
        print "};"
}
