-- All names are ranked as one: SQLite has no function that splits them.
SELECT kind, subject_id, min(length(names), 9999) + CASE
    WHEN names = {query} THEN 0
    WHEN substr(names, 1, length({query})) = {query} THEN 10000
    WHEN ' ' || names LIKE '% ' || {first} || '%' AND ' ' || names LIKE '% ' || {second} || '%' THEN 20000
    WHEN names LIKE '%' || {first} || '%' AND names LIKE '%' || {second} || '%' THEN 30000
    ELSE 40000 END AS rank, names, coalesce(
        (SELECT titles FROM opportunity WHERE id = subject_id), (SELECT given_name FROM policymaker WHERE id = subject_id))
FROM search_entry
WHERE id IN (SELECT rowid FROM search_trigrams WHERE content MATCH {match})
  AND CASE kind
      WHEN 'POLICYMAKER' THEN EXISTS (
          SELECT 1 FROM appointment
          WHERE policymaker_id = subject_id AND public
            AND (since IS NULL OR since <= {today}) AND (until IS NULL OR until >= {today}))
      WHEN 'OPPORTUNITY' THEN EXISTS (SELECT 1 FROM opportunity WHERE id = subject_id AND published_at IS NOT NULL)
      ELSE true END
ORDER BY rank, subject_id LIMIT 20;
