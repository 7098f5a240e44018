<?php echo 'admin';
