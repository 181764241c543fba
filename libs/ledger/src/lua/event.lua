-- One event by its pointer, which outlives its entry in the log. ARGV: 3 position, 4 type, 5 at, 6 ulid or '', 7 generation.
return rendered(ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7])
