WITH best AS (
    SELECT kind, subject_id, (
        SELECT min(least(length(name), 9999) + CASE
            WHEN name = {query} THEN 0
            WHEN starts_with(name, {query}) THEN 10000
            WHEN ' ' || name LIKE '% ' || {first} || '%' AND ' ' || name LIKE '% ' || {second} || '%' THEN 20000
            WHEN name LIKE '%' || {first} || '%' AND name LIKE '%' || {second} || '%' THEN 30000
            ELSE 40000 END)
        FROM string_to_table(names, E'\n') AS name) AS rank
    FROM search_entry
    WHERE content LIKE '%' || {first} || '%' AND content LIKE '%' || {second} || '%'
      AND CASE kind
          WHEN 'POLICYMAKER' THEN EXISTS (
              SELECT FROM appointment
              WHERE policymaker_id = subject_id AND public
                AND (since IS NULL OR since <= current_date) AND (until IS NULL OR until >= current_date))
          WHEN 'OPPORTUNITY' THEN EXISTS (SELECT FROM opportunity WHERE id = subject_id AND published_at IS NOT NULL)
          ELSE true END
    ORDER BY rank, subject_id
    LIMIT 20
)
SELECT json_build_object('search', json_build_object('nodes', coalesce(json_agg(json_build_object(
    'kind', kind, 'id', subject_id,
    'name', CASE kind
        WHEN 'POLICYMAKER' THEN (
            SELECT concat_ws(' ', honorific, given_name, family_name) FROM policymaker WHERE id = subject_id)
        ELSE jsonb_path_query_first(CASE kind
            WHEN 'COUNTRY' THEN (SELECT names FROM country WHERE id = subject_id)
            WHEN 'COUNTRY_GROUP' THEN (SELECT names FROM country_group WHERE id = subject_id)
            WHEN 'CONVENTION' THEN (SELECT titles FROM convention WHERE id = subject_id)
            WHEN 'INSTITUTION' THEN (SELECT names FROM institution WHERE id = subject_id)
            WHEN 'AGREEMENT' THEN (SELECT titles FROM agreement WHERE id = subject_id)
            WHEN 'OPPORTUNITY' THEN (SELECT titles FROM opportunity WHERE id = subject_id) END,
            '$[*] ? (@.language == "en").text') #>> '{}' END) ORDER BY rank, subject_id), '[]')))
FROM best;
