SELECT id, given_name, family_name, honorific, updated_at FROM policymaker
WHERE id = {id} AND EXISTS (
    SELECT 1 FROM appointment
    WHERE policymaker_id = policymaker.id AND public
      AND (since IS NULL OR since <= {today}) AND (until IS NULL OR until >= {today}));
