SELECT json_build_object('opportunities', json_build_object('nodes', json_agg(json_build_object(
    'id', id, 'title', jsonb_path_query_first(titles, '$[*] ? (@.language == "en").text'), 'deadline', deadline)
    ORDER BY deadline, id)))
FROM (
    SELECT id, titles, deadline FROM opportunity
    WHERE status = 'PUBLISHED' AND published_at IS NOT NULL AND (opens_on IS NULL OR opens_on <= current_date)
      AND deadline > now() AND (deadline, id) > ({deadline}, {id})
    ORDER BY deadline, id LIMIT 20) AS page;
